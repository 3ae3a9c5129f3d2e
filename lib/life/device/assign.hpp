// SPDX-License-Identifier: GPL-2.0-or-later
//
// Devices that a qube is given for good: what stands in the store, and nothing else.
#pragma once

#include "call/edit.hpp"
#include "life/device/device_class.hpp"

namespace qmgmt {

// The request's device, in the mode that its payload says. One that is assigned already is
// Error{device_assigned}.
[[nodiscard]] Reply assign_device(Call& call, DeviceClass& klass);

// What is not assigned is Error{device_not_assigned}, for both. What runs keeps what it has.
[[nodiscard]] Reply unassign_device(Call& call, const DeviceClass& klass);
// The payload is the mode. The same mode again changes nothing.
[[nodiscard]] Reply set_assignment(Call& call, const DeviceClass& klass);

// An assignment as the store has it.
[[nodiscard]] splice::DeviceEntry entry_of(const DeviceClass& klass, const Assignment& assignment);

} // namespace qmgmt
