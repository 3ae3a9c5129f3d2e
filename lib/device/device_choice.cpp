// SPDX-License-Identifier: GPL-2.0-or-later

#include "device/device_choice.hpp"

namespace qmgmt {

std::optional<DeviceChoice> DeviceChoice::parse(std::string_view untrusted_argument)
{
    if (untrusted_argument.empty())
        return std::nullopt;
    const auto plus = untrusted_argument.find('+');
    if (plus == std::string_view::npos)
        return DeviceChoice{std::nullopt, PortName::parse(untrusted_argument)};
    const std::string_view untrusted_backend = untrusted_argument.substr(0, plus);
    if (const auto reason = QubeName::fault(untrusted_backend); !reason.empty())
        throw Error{failure::protocol, "malformed device: " + std::string{reason}};
    return DeviceChoice{QubeName::parse(untrusted_backend),
                        PortName::parse(untrusted_argument.substr(plus + 1))};
}

} // namespace qmgmt
