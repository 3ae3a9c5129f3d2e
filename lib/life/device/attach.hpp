// SPDX-License-Identifier: GPL-2.0-or-later
//
// Attaching a device to a qube, now and, if it is asked for, for good (firewall-devices.md 2.5).
#pragma once

#include "life/device/device_class.hpp"
#include "life/device/device_request.hpp"

namespace qmgmt {

// What the request asks for, of the call's destination. The same again is success for plain calls.
// What is refused is refused before anything changes; a device that is given for good and cannot be
// attached now stays given.
[[nodiscard]] Reply attach_device(Call& call, DeviceClass& klass);
// The same for what another request than the call's own asks for.
[[nodiscard]] Reply attach_device(Call& call, DeviceClass& klass, DeviceRequest request);

} // namespace qmgmt
