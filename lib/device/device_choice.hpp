// SPDX-License-Identifier: GPL-2.0-or-later
//
// The device that a caller means.
#pragma once

#include "device/port_name.hpp"
#include "names/names.hpp"

#include <optional>
#include <string_view>

namespace qmgmt {

// `PORT`, of the qube that is asked, or `BACKEND+PORT`.
struct DeviceChoice {
    std::optional<QubeName> backend;
    PortName port;

    // Nothing for an empty argument: all devices. Throws Error{protocol}.
    static std::optional<DeviceChoice> parse(std::string_view untrusted_argument);
};

} // namespace qmgmt
