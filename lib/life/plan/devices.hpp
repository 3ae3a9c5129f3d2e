// SPDX-License-Identifier: GPL-2.0-or-later
//
// The devices without which a qube does not start. Those it gets when they happen to be there are
// attached to it once it runs.
#pragma once

#include "call/call.hpp"
#include "hypervisor/domain_plan.hpp"
#include "store/effective.hpp"

namespace qmgmt {

// Throws Error{failed} when one is not there, the qube's mode cannot have it, or it is none that a
// qube may have: a PCI bridge, or what the disks are behind that dom0 runs from, or such a disk.
// Where those cannot be found out, everything that may have disks is refused.
void plan_devices(DomainPlan& plan, Call& call, const Qube& qube);

// The disks among them, of any hypervisor.
void plan_blocks(DomainPlan& plan, Call& call, const Qube& qube);

// Whether dom0 alone manages the power of PCI devices that domains have.
[[nodiscard]] bool power_is_the_hosts(const Store& store);

} // namespace qmgmt
