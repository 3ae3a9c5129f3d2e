// SPDX-License-Identifier: GPL-2.0-or-later
//
// What Available of a class of devices answers: what the destination exposes to other qubes.
#pragma once

#include "call/call.hpp"
#include "device/exposed_device.hpp"

#include <optional>
#include <vector>

namespace qmgmt {

struct DeviceChoice;

// The device that the argument means; nothing: all of them. Throws Error{protocol}.
[[nodiscard]] std::optional<DeviceChoice> chosen_device(const Call& call);

// Whether the choice is one of what the destination may expose; a device of another qube is not.
[[nodiscard]] bool is_of_destination(Call& call, const std::optional<DeviceChoice>& choice);

// Plain: the devices that are offered, by name alone; as admin.*: all of them, with all that is
// known. Sorted.
[[nodiscard]] Reply available_reply(Call& call, std::vector<ExposedDevice> devices);

} // namespace qmgmt
