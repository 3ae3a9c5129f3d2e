// SPDX-License-Identifier: GPL-2.0-or-later

#include "device/port_name.hpp"

#include <algorithm>

namespace qmgmt {
namespace {

bool may_stand_in_a_port(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
}

} // namespace

bool PortName::fits(std::string_view untrusted_text) noexcept
{
    return !untrusted_text.empty() && untrusted_text.size() <= longest_port &&
           std::ranges::all_of(untrusted_text, may_stand_in_a_port);
}

PortName PortName::parse(std::string_view untrusted_text)
{
    if (!fits(untrusted_text))
        throw Error{failure::protocol, "a device is named by its port, or by its qube, + and port"};
    return PortName{std::string{untrusted_text}};
}

} // namespace qmgmt
