// SPDX-License-Identifier: GPL-2.0-or-later
//
// A PCI device on its way from the drivers of dom0 to a domain. It does not come back by itself
// when the domain lets go of it: what a qube had in its hands stays away from dom0's drivers, and
// waits for the next qube.
#pragma once

#include "hypervisor/hypervisor.hpp"

namespace qmgmt {

// No driver of dom0 has the device afterwards: libvirt sees to it, and where that cannot, we do.
// False when none had it before. Throws Error{failed}.
bool take_from_host(Hypervisor& hypervisor, const PciPlan& device);

// The way back, when the domain never had it. Failure is logged: the device is nobody's then.
void give_back_to_host(Hypervisor& hypervisor, const PciPlan& device);

} // namespace qmgmt
