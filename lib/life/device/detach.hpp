// SPDX-License-Identifier: GPL-2.0-or-later
//
// Taking a device from a qube (firewall-devices.md 2.6).
#pragma once

#include "device/device_argument.hpp"
#include "life/device/device_class.hpp"

namespace qmgmt {

// Plain: the qube does not have it any more, now or for good. As admin.*: now, whatever the store
// says. A device that it does not have is Error{not_found}; one that it requires stays while it
// runs: Error{wrong_state}.
[[nodiscard]] Reply detach_device(Call& call, DeviceClass& klass);
// The same for another device than that of the call's argument.
[[nodiscard]] Reply detach_device(Call& call, DeviceClass& klass, const DeviceArgument& device);

} // namespace qmgmt
