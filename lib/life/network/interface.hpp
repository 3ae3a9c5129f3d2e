// SPDX-License-Identifier: GPL-2.0-or-later
//
// The network interface of a running qube, to its netvm. Under emulation there is one only with
// `qemu-net = user`: QEMU knows no netvm, but the interface comes and goes as on Xen.
#pragma once

#include "call/call.hpp"
#include "hypervisor/domain_plan.hpp"

namespace qmgmt {

[[nodiscard]] QemuNet qemu_net();

// The qube runs, is not paused, and its netvm runs. Nothing when it is attached already or the
// hypervisor here has no interfaces.
void attach_interface(Call& call, const Qube& qube);

// Nothing when it has none. Error{failed} when the guest does not let go of it.
void detach_interface(Call& call, const Qube& qube);

} // namespace qmgmt
