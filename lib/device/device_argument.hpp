// SPDX-License-Identifier: GPL-2.0-or-later
//
// The device that a caller means, as precisely as it is said (firewall-devices.md 2.2).
#pragma once

#include "device/port_name.hpp"
#include "names/names.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace qmgmt {

// What is not said means any.
struct DeviceArgument {
    std::optional<QubeName> backend;
    std::optional<PortName> port;
    std::optional<std::string> id; // what it says it is: "0951:1666::u080650"

    // The draft's `BACKEND+PORT`: both are said. Throws Error{protocol}.
    static DeviceArgument parse(std::string_view untrusted_argument);
    // Of today's clients: `BACKEND+PORT+ID`, where `_` is any, and `+` stands for the colons of the
    // id. Throws Error{protocol}.
    static DeviceArgument parse_admin(std::string_view untrusted_argument);

    [[nodiscard]] bool means(std::string_view its_backend, std::string_view its_port,
                             std::string_view its_id) const;
};

} // namespace qmgmt
