// SPDX-License-Identifier: GPL-2.0-or-later
//
// Kinds of devices that a qube must never get, whoever attaches them: its property devices_denied
// (firewall-devices.md 2.13).
#pragma once

#include "call/call.hpp"
#include "device/exposed_device.hpp"

#include <optional>

namespace qmgmt {

// Throws Error{denied} for a device that presents an interface which is denied; where there are
// such, also for one whose interfaces nobody knows.
void check_not_denied(Call& call, const Qube& frontend, const std::optional<ExposedDevice>& device);

// The calls that list and change them. A payload that holds a pattern twice is Error{protocol},
// what is no pattern Error{bad_value}; `all` removes all.
[[nodiscard]] Reply list_denied(Call& call);
[[nodiscard]] Reply add_denied(Call& call);
[[nodiscard]] Reply remove_denied(Call& call);

} // namespace qmgmt
