// SPDX-License-Identifier: GPL-2.0-or-later
//
// What boots a qube.
#pragma once

#include "call/call.hpp"
#include "hypervisor/domain_plan.hpp"
#include "store/effective.hpp"

namespace qmgmt {

// The kernel of dom0 that it has chosen; what Xen needs beside it. Throws Error{failed} when that
// is not installed.
void plan_kernel(DomainPlan& plan, Call& call, const Qube& qube, Effective& effective);

} // namespace qmgmt
