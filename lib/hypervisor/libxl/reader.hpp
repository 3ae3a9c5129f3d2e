// SPDX-License-Identifier: GPL-2.0-or-later
//
// Xen, asked itself (hypervisor.md a.5): who runs and what they use, as it is now, whoever made it
// so. Only dom0 can, and there only who may open Xen's device nodes. Changes nothing, but for
// pauses that are libvirt's no more.
#pragma once

#include "hypervisor/hypervisor.hpp"
#include "hypervisor/libxl/border.h"

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

    // Takes back one pause of the domain, whoever made it: for those that libvirt does not know of.
    // Error{failed} when it is not paused.
    void unpause(int id);

private:
    [[nodiscard]] std::vector<qmgmt_xen_domain> domains();
    [[nodiscard]] std::optional<qmgmt_xen_domain> find(const Uuid& uuid);
    [[nodiscard]] std::optional<std::uint64_t> static_maximum(unsigned id);

    const qmgmt_xen& library_;
    qmgmt_xen_handle* handle_ = nullptr;
};

} // namespace qmgmt::libxl
