// SPDX-License-Identifier: GPL-2.0-or-later

#include "device/denied_interfaces.hpp"

#include <algorithm>

namespace qmgmt {
namespace {

// A device may leave open what it is, too: then it may be what is denied.
bool may_match(std::string_view pattern, std::string_view interface)
{
    return std::ranges::equal(pattern, interface, [](char wanted, char its) {
        return wanted == '*' || its == '*' || wanted == its;
    });
}

} // namespace

bool is_denied(std::string_view patterns, std::string_view interfaces)
{
    if (patterns.empty())
        return false;
    if (interfaces.empty() || interfaces.size() % interface_length != 0 ||
        interfaces.find('?') != std::string_view::npos)
        return true;
    for (std::size_t at = 0; at < interfaces.size(); at += interface_length)
        for (std::size_t row = 0; row + interface_length <= patterns.size();
             row += interface_length)
            if (may_match(patterns.substr(row, interface_length),
                          interfaces.substr(at, interface_length)))
                return true;
    return false;
}

} // namespace qmgmt
