// SPDX-License-Identifier: GPL-2.0-or-later
//
// The device that a caller means, and where it is plugged.
#pragma once

#include "names/names.hpp"

#include <optional>
#include <string_view>

namespace qmgmt {

inline constexpr std::size_t longest_port = 64;

// Where a qube exposes a device: [A-Za-z0-9._-]+, 1 to 64 bytes; each class of devices has a
// grammar of its own within that. Throws Error{protocol}.
class PortName : public detail::Name<PortName> {
public:
    static PortName parse(std::string_view untrusted_text);

private:
    using Name::Name;
};

// `PORT`, of the qube that is asked, or `BACKEND+PORT`.
struct DeviceChoice {
    std::optional<QubeName> backend;
    PortName port;

    // Nothing for an empty argument: all devices. Throws Error{protocol}.
    static std::optional<DeviceChoice> parse(std::string_view untrusted_argument);
};

} // namespace qmgmt
