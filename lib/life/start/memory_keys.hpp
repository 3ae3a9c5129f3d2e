// SPDX-License-Identifier: GPL-2.0-or-later
//
// What xenstore says about the memory of a domain that was just created: where the domain reports
// how much it uses, and how much it may be given while it runs.
#pragma once

#include "call/call.hpp"
#include "hypervisor/domain_plan.hpp"
#include "hypervisor/xenstore.hpp"

#include <cstdint>

namespace qmgmt {

struct MemoryKeys {
    int id = -1;                  // of the domain
    bool balanced = false;        // somebody reads the reports
    std::uint64_t maxmem_mib = 0; // 0: its memory is never changed, and there is nothing to say
    bool hotplug = false;         // memory can be added
};

// The most it may be given is a limit that the balancer reads; a domain that has none has no memory
// plugged in.
[[nodiscard]] bool has_memory_limit(Xenstore& store, int id);
// Nothing for a domain that has none.
void change_memory_limit(Xenstore& store, int id, std::uint64_t maxmem_mib);

// The domain may write its two reports, and nothing else below `memory`.
void write_memory_keys(Xenstore& store, const MemoryKeys& keys);

// The same for a domain that was created by that plan; nothing where there is no Xen.
void add_memory_keys(Call& call, const DomainPlan& plan, int id, bool balanced);

} // namespace qmgmt
