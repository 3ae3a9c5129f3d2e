// SPDX-License-Identifier: GPL-2.0-or-later
//
// A qube of the store as the plan of a domain.
#pragma once

#include "call/call.hpp"
#include "hypervisor/domain_plan.hpp"
#include "storage/pool_table.hpp"
#include "storage/volume.hpp"

#include <vector>

namespace qmgmt {

// `volumes` are started: their paths are asked of the pools. Throws Error{failed} for what cannot
// be started: no installed kernel, more memory than the limit.
[[nodiscard]] DomainPlan domain_of(Call& call, const Qube& qube, const std::vector<Volume>& volumes,
                                   PoolTable& pools);

} // namespace qmgmt
