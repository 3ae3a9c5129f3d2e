// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "hypervisor/domain_plan.hpp"

namespace qmgmt::xen {

// What the guest's kernel, which the plan has, is told (hypervisor.md b.3). Throws Error{failed}
// when it is longer than Xen takes.
[[nodiscard]] std::string command_line(const DomainPlan& plan);

} // namespace qmgmt::xen
