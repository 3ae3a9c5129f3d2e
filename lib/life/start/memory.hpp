// SPDX-License-Identifier: GPL-2.0-or-later
//
// Memory for a qube that starts: whether the host has it, as far as we can know, and room for it
// while the domain is created (hypervisor.md f).
#pragma once

#include "call/call.hpp"
#include "hypervisor/domain_plan.hpp"
#include "life/start/balancer.hpp"

namespace qmgmt {

// What the balancer keeps free until the domain is created; nothing where there is none. Throws
// Error{no_memory} for more than the machine or the balancer has, and on QEMU for one qube more
// than `qemu-max-running` of mgmt.conf.
[[nodiscard]] std::optional<MemoryReservation> reserve_memory(Call& call, const DomainPlan& plan);

// What reserve_memory asks for.
[[nodiscard]] MemoryNeed memory_need(const DomainPlan& plan);

// What it may ever have, in MiB; 0 when that does not change. An hvm that owns devices cannot give
// memory back: they may write to it.
[[nodiscard]] std::uint64_t memory_limit(const DomainPlan& plan);

} // namespace qmgmt
