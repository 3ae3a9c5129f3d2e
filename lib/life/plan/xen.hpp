// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a domain of Xen is beyond what every domain is.
#pragma once

#include "call/call.hpp"
#include "hypervisor/domain_plan.hpp"
#include "store/effective.hpp"

namespace qmgmt {

// Processor, clock and, of an hvm, its device model. The rest of the plan is there.
void plan_machine(DomainPlan& plan, Call& call, const Qube& qube, Effective& effective);

// Whether a processor's rdrand is of no use, from the text of /proc/cpuinfo: two old models lose
// their numbers over a suspend.
[[nodiscard]] bool lacks_rdrand(std::string_view processors);

} // namespace qmgmt
