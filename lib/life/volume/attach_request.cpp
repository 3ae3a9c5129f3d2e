// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/volume/attach_request.hpp"

#include "base/error.hpp"
#include "names/number.hpp"

#include <algorithm>
#include <set>

namespace qmgmt {
namespace {

constexpr std::size_t payload_limit = 1024;
constexpr std::size_t role_limit = 31;

bool is_letter(char c)
{
    return c >= 'a' && c <= 'z';
}

bool parse_flag(std::string_view key, std::string_view value)
{
    if (const auto flag = parse_boolean(value))
        return *flag;
    throw Error{failure::bad_value,
                "the value is not valid for '" + std::string{key} + "': yes or no"};
}

// xvd and one or two letters: the other names of disks are those of real controllers.
std::string parse_target(std::string_view value)
{
    constexpr std::string_view start = "xvd";
    const std::string_view letters = value.substr(std::min(start.size(), value.size()));
    if (!value.starts_with(start) || letters.empty() || letters.size() > 2 ||
        !std::ranges::all_of(letters, is_letter))
        throw Error{failure::bad_value, "the value is not valid for 'frontend-dev': no such name"};
    return std::string{value};
}

std::string parse_role(std::string_view value)
{
    const auto fits = [](char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '_'; };
    if (value.empty() || value.size() > role_limit || !is_letter(value.front()) ||
        !std::ranges::all_of(value, fits))
        throw Error{failure::bad_value, "the value is not valid for 'name'"};
    return std::string{value};
}

void take(AttachOptions& options, std::string_view key, std::string_view value)
{
    if (key == "rw")
        options.rw = parse_flag(key, value);
    else if (key == "persistent")
        options.persistent = parse_flag(key, value);
    else if (key == "frontend-dev")
        options.target = parse_target(value);
    else if (key == "name")
        options.role = parse_role(value);
    else
        throw Error{failure::bad_value, "no such option"};
}

} // namespace

AttachName parse_attach_name(std::string_view untrusted_argument)
{
    if (VolumeRequest::named_by_argument(untrusted_argument))
        return VolumeRequest::parse(untrusted_argument, "");
    return RoleName::parse(untrusted_argument);
}

AttachOptions AttachOptions::parse(std::string_view untrusted_payload)
{
    std::string_view text = without_line_end(untrusted_payload);
    if (text.size() > payload_limit)
        throw Error{failure::too_large, "the options are too long"};
    AttachOptions options;
    std::set<std::string_view> seen;
    while (!text.empty()) {
        const std::string_view word = text.substr(0, text.find(' '));
        text.remove_prefix(std::min(word.size() + 1, text.size()));
        if (word.empty())
            continue; // several blanks
        const auto equals = word.find('=');
        if (equals == std::string_view::npos || equals == 0)
            throw Error{failure::protocol, "malformed request: an option is <key>=<value>"};
        const std::string_view key = word.substr(0, equals);
        if (!seen.insert(key).second)
            throw Error{failure::protocol, "malformed request: an option stands twice"};
        take(options, key, word.substr(equals + 1));
    }
    if (!options.role.empty() && options.persistent != true)
        throw Error{failure::bad_value, "a name is for what is persistent"};
    return options;
}

} // namespace qmgmt
