// SPDX-License-Identifier: GPL-2.0-or-later
//
// A qube of the store as the plan of a domain.
#pragma once

#include "call/call.hpp"
#include "hypervisor/domain_plan.hpp"
#include "life/qube_storage.hpp"

namespace qmgmt {

// Without disks. Throws Error{failed} for what cannot be started: no template, no installed kernel,
// more memory than the limit.
[[nodiscard]] DomainPlan domain_of(Call& call, const Qube& qube);

// The volumes are started: their paths are asked of the pools.
void add_disks(DomainPlan& plan, QubeStorage& storage);

} // namespace qmgmt
