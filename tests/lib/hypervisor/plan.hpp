// SPDX-License-Identifier: GPL-2.0-or-later
//
// The smallest domain there is.
#pragma once

#include "hypervisor/domain_plan.hpp"

namespace qmgmt::test {

inline DomainPlan small_plan()
{
    DomainPlan plan;
    plan.name = "work";
    plan.uuid = *Uuid::parse("5e2d8a34-8c0b-4d77-b0f4-6e3b1f8e0e04");
    plan.klass = "AppVM";
    plan.qid = 4;
    plan.virt_mode = "hvm";
    plan.memory_mib = 32;
    return plan;
}

} // namespace qmgmt::test
