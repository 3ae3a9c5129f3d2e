// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a call about one device asks for, by either contract: the draft's `BACKEND+PORT` and words,
// or the id and the quoted options of today's clients.
#pragma once

#include "call/call.hpp"
#include "device/assignment.hpp"
#include "device/device_argument.hpp"
#include "device/device_options.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace qmgmt {

struct DeviceRequest {
    DeviceArgument device;
    std::optional<Assignment::Mode> mode; // nothing: attached by hand
    bool persistent = false;              // plain Attach: for good, in the mode of its class
    bool undetected = false;              // plain Attach: dom0 says that it is there
    DeviceOptions options;                // untrusted
};

// The argument alone. Throws Error{protocol}.
[[nodiscard]] DeviceArgument device_argument(const Call& call);

// Argument and payload of a call about a device of that class. Throws Error{protocol} for what is
// malformed, Error{bad_value} for what contradicts the argument.
[[nodiscard]] DeviceRequest device_request(Call& call, std::string_view klass);

// "required", "auto-attach", "ask-to-attach"; nothing for "manual". Throws Error{bad_value}.
[[nodiscard]] std::optional<Assignment::Mode> parse_mode(std::string_view untrusted_text);

// "sys-usb+sda", for texts.
[[nodiscard]] std::string text_of(const DeviceArgument& device);

} // namespace qmgmt
