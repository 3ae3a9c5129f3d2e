// SPDX-License-Identifier: GPL-2.0-or-later
//
// Memory for a qube that starts: whether the host has it, as far as we can know, and room for it
// while the domain is created (hypervisor.md f).
#pragma once

#include "call/call.hpp"
#include "hypervisor/domain_plan.hpp"
#include "life/start/balancer.hpp"
#include "store/effective.hpp"

namespace qmgmt {

// What the balancer keeps free until the domain is created; nothing where there is none. Throws
// Error{no_memory} for more than the machine or the balancer has, and on QEMU for one qube more
// than `qemu-max-running` of mgmt.conf.
[[nodiscard]] std::optional<MemoryReservation> reserve_memory(Call& call, const Qube& qube,
                                                              const DomainPlan& plan);

// What reserve_memory asks for.
[[nodiscard]] MemoryNeed memory_need(Effective& effective, const Qube& qube,
                                     const DomainPlan& plan);

// Whether the qube can be given more than it starts with by adding to it, not only by what it gave
// back before.
[[nodiscard]] bool takes_more_memory(Effective& effective, const Qube& qube,
                                     const DomainPlan& plan);

} // namespace qmgmt
