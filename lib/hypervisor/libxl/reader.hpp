// SPDX-License-Identifier: GPL-2.0-or-later
//
// Xen, asked itself (hypervisor.md a.5): who runs and what they use, as it is now, whoever made it
// so. Only dom0 can, and there only who may open Xen's device nodes. Changes nothing, but for what
// is libvirt's no more: pauses, and disks of other domains than dom0 where it forgets whose they
// are.
#pragma once

#include "hypervisor/hypervisor.hpp"
#include "hypervisor/libxl/border.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace qmgmt::libxl {

// Whether this process may try: the connection is Xen's, mgmt.conf does not forbid it, and the node
// for privileged commands is ours to open.
[[nodiscard]] bool may_ask(const HypervisorConfig& config);

// What the flags of a domain mean (hypervisor.md d), before any refinement.
[[nodiscard]] PowerState state_of(const qmgmt_xen_domain& domain);

struct HostFacts {
    std::uint64_t memory_kib; // of the machine, of which dom0 has a part
    std::uint64_t free_kib;
    unsigned processors;
};

struct PciAddress {
    int domain;
    unsigned bus;
    unsigned device;
    unsigned function;
};

// A disk that a domain has, or is to have.
struct XenDisk {
    unsigned backend = 0;     // the domain that has it
    std::string backend_name; // of that domain; empty when it is gone. To attach, this counts
    std::string path;         // in that domain
    std::string target;       // "xvdi"
    std::string script;       // that the backend runs; empty: as Xen has it. Not read back
    bool writable = true;
    bool cdrom = false;
};

// Throws Error for whatever goes wrong; no question is bounded in time but by a Watchdog around it.
class Reader {
public:
    explicit Reader(const qmgmt_xen& library);
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;
    ~Reader();

    // One for each uuid, dom0 and others without one left out. What is dying may linger while its
    // successor runs: then it is the successor.
    [[nodiscard]] std::vector<DomainStatus> list();
    // A domain that is not there is halted.
    [[nodiscard]] DomainStatus status(const Uuid& uuid);
    [[nodiscard]] DomainUsage usage(const Uuid& uuid);
    // Seconds since the epoch; nothing when it does not run.
    [[nodiscard]] std::optional<std::int64_t> start_time(const Uuid& uuid);
    [[nodiscard]] HostFacts host();
    // Devices that a domain may be given.
    [[nodiscard]] std::vector<PciAddress> assignable_pci();
    // Those that a domain has.
    [[nodiscard]] std::vector<PciAddress> assigned_pci(int id);

    // All disks of a domain, of dom0 and of others, whoever attached them.
    [[nodiscard]] std::vector<XenDisk> disks(int id);
    // Of a backend that is not dom0. When it returns the backend is ready for the guest, which has
    // still to see the disk; when it throws, nothing is left of it. Bounded: no longer than `limit`
    // and the time to take it back.
    void attach_disk(int id, const XenDisk& disk, std::chrono::milliseconds limit);
    // A guest that does not let go has ten seconds, and loses it then. Bounded in the same way.
    // Error{failed} when there is no such disk.
    void detach_disk(int id, const std::string& target, std::chrono::milliseconds limit);

    // Takes back one pause of the domain, whoever made it: for those that libvirt does not know of.
    // Error{failed} when it is not paused.
    void unpause(int id);

private:
    [[nodiscard]] std::vector<qmgmt_xen_domain> domains();
    [[nodiscard]] std::optional<qmgmt_xen_domain> find(const Uuid& uuid);
    [[nodiscard]] std::optional<std::uint64_t> static_maximum(unsigned id);
    [[nodiscard]] std::string name_of(unsigned id);

    const qmgmt_xen& library_;
    qmgmt_xen_handle* handle_ = nullptr;
};

} // namespace qmgmt::libxl
