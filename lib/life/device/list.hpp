// SPDX-License-Identifier: GPL-2.0-or-later
//
// Listings of devices, by class: what a qube has, and what it exposes to others
// (firewall-devices.md 2.3, 2.4).
#pragma once

#include "life/device/device_class.hpp"

namespace qmgmt {

enum class Listed { attached, assigned, both };

// What the call's destination has now, or is assigned, or either; an argument means one device.
// Sorted, each once.
[[nodiscard]] Reply list_devices(Call& call, DeviceClass& klass, Listed listed);

// What it exposes; nothing when it does not run.
[[nodiscard]] Reply available_devices(Call& call, DeviceClass& klass);

} // namespace qmgmt
