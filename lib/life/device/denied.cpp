// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/device/denied.hpp"

#include "base/error.hpp"
#include "life/property/live.hpp"

#include <algorithm>

namespace qmgmt {
namespace {

constexpr std::size_t code_length = 7;

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
    if (interfaces.empty() || interfaces.size() % code_length != 0 ||
        interfaces.find('?') != std::string_view::npos)
        return true;
    for (std::size_t at = 0; at < interfaces.size(); at += code_length)
        for (std::size_t row = 0; row + code_length <= patterns.size(); row += code_length)
            if (may_match(patterns.substr(row, code_length), interfaces.substr(at, code_length)))
                return true;
    return false;
}

void check_not_denied(Call& call, const Qube& frontend, const std::optional<ExposedDevice>& device)
{
    SystemValues live{call};
    const std::string patterns = Effective{call.store(), live}.text(frontend, "devices_denied");
    if (is_denied(patterns, device ? device->interfaces : ""))
        throw Error{failure::denied, "'" + frontend.name() + "' must not have such a device"};
}

} // namespace qmgmt
