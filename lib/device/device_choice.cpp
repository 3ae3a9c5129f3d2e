// SPDX-License-Identifier: GPL-2.0-or-later

#include "device/device_choice.hpp"

#include <algorithm>

namespace qmgmt {
namespace {

bool may_stand_in_a_port(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
}

} // namespace

PortName PortName::parse(std::string_view untrusted_text)
{
    if (untrusted_text.empty() || untrusted_text.size() > longest_port ||
        !std::ranges::all_of(untrusted_text, may_stand_in_a_port))
        throw Error{failure::protocol, "a device is named by its port, or by its qube, + and port"};
    return PortName{std::string{untrusted_text}};
}

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
