// SPDX-License-Identifier: GPL-2.0-or-later
//
// Telling the hypervisor what a domain is. Its own copy is a cache: it is written at every start.
#pragma once

#include "call/call.hpp"
#include "hypervisor/domain_plan.hpp"

namespace qmgmt {

// A definition of ours that a removed qube of the same name left behind, and that does not run,
// gives way. Throws what the hypervisor throws.
void define_domain(Call& call, const DomainPlan& plan);

} // namespace qmgmt
