// SPDX-License-Identifier: GPL-2.0-or-later
//
// The disks of a domain, as its hypervisor describes it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace qmgmt {

struct AttachedDisk {
    std::string source;  // a path, in the qube that has it; empty: no medium
    std::string backend; // that qube; empty: dom0
    std::string target;  // "xvdi", whatever kind of disk the hypervisor makes of it
    std::string role;    // of a volume that the qube was started with, where the hypervisor kept it
    bool read_only = false;
    bool cdrom = false;
};

// All of them. Throws Error{vm_failed} when the text is no XML.
[[nodiscard]] std::vector<AttachedDisk> attached_disks(const std::string& domain_xml);

// Whether it is a volume that a qube always has; `kernel`: the qube's kernel is one of dom0, whose
// modules are a disk, too.
[[nodiscard]] bool is_system_disk(const AttachedDisk& disk, bool kernel);

} // namespace qmgmt
