// SPDX-License-Identifier: GPL-2.0-or-later
//
// What Xen knows and libvirt does not tell, or tells only when its library is loaded. Nothing where
// the hypervisor is another, where this process may not ask Xen (libxl::may_ask), and for whatever
// goes wrong.
#pragma once

#include "hypervisor/hypervisor.hpp"

namespace qmgmt {

struct XenMachine {
    std::uint64_t memory_kib; // dom0 alone sees only what it was given of it
    unsigned processors;
};
[[nodiscard]] std::optional<XenMachine> xen_machine(const HypervisorConfig& config);

// How much dom0 can have at most.
[[nodiscard]] std::optional<std::uint64_t> xen_dom0_memory_kib(const HypervisorConfig& config);

// When the domain was started, in seconds since the epoch; nothing, too, when it does not run.
[[nodiscard]] std::optional<std::int64_t> xen_start_time(const HypervisorConfig& config,
                                                         const Uuid& uuid);

} // namespace qmgmt
