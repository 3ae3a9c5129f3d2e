// SPDX-License-Identifier: GPL-2.0-or-later

#include "device/usb/port.hpp"

#include "device/port_name.hpp"

#include <algorithm>

namespace qmgmt {
namespace {

// Takes a number off the front; false when there is none.
bool take_number(std::string_view& rest)
{
    const auto end = std::min(rest.find_first_not_of("0123456789"), rest.size());
    rest.remove_prefix(end);
    return end > 0;
}

bool take(std::string_view& rest, char c)
{
    if (!rest.starts_with(c))
        return false;
    rest.remove_prefix(1);
    return true;
}

bool is_port(std::string_view text, char between)
{
    if (text.size() > longest_port || !take_number(text) || !take(text, '-') || !take_number(text))
        return false;
    while (take(text, between)) {
        if (!take_number(text))
            return false;
    }
    return text.empty();
}

} // namespace

bool is_usb_port(std::string_view untrusted_text)
{
    return is_port(untrusted_text, '.');
}

std::optional<std::string> usb_port_of_key(std::string_view untrusted_component)
{
    if (!is_port(untrusted_component, '_'))
        return std::nullopt;
    std::string port{untrusted_component};
    std::ranges::replace(port, '_', '.');
    return port;
}

} // namespace qmgmt
