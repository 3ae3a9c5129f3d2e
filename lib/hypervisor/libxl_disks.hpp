// SPDX-License-Identifier: GPL-2.0-or-later
//
// Disks that a domain of Xen has of other domains than dom0: libvirt's business as far as it goes.
//   - A libvirt that forgets whose disk it is would attach dom0's of that path: Xen attaches it.
//   - One that fails to attach it leaves what it began, which would come to the guest as soon as
//   the
//     backend is ready: Xen takes it back.
//   - Xen detaches it before libvirt does, which has libxl look for the other half of the disk in
//     dom0, find none, and pull the guest's away, with all that it has not written yet.
// A guest that does not let go of a disk loses it after ten seconds, whoever detaches it.
#pragma once

#include "hypervisor/libxl/session.hpp"

#include <functional>
#include <string>
#include <vector>

namespace qmgmt {

class LibxlDisks {
public:
    explicit LibxlDisks(libxl::Session& xen) : xen_{xen} {}

    // libvirt's description of a domain, with the disks that Xen says it has.
    [[nodiscard]] std::string described(const Uuid& uuid, std::string domain_xml);

    // What libvirt would do, and its description of the domain.
    struct Libvirt {
        std::function<void()> change;
        std::function<std::string()> description;
        bool keeps_backend;
    };
    // Both throw Error, and then nothing of the disk, or all, is left.
    void attach(const Uuid& uuid, const BlockPlan& disk, const Libvirt& libvirt);
    void detach(const Uuid& uuid, const BlockPlan& disk, const Libvirt& libvirt);

private:
    [[nodiscard]] std::optional<std::vector<libxl::XenDisk>> of(const Uuid& uuid);
    void attach_by_xen(const Uuid& uuid, const BlockPlan& disk);
    void detach_by_xen(const Uuid& uuid, const std::string& target);
    void take_back(const Uuid& uuid, const std::string& target);

    libxl::Session& xen_;
};

} // namespace qmgmt
