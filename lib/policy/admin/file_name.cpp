// SPDX-License-Identifier: GPL-2.0-or-later

#include "policy/admin/file_name.hpp"

#include "base/error.hpp"
#include "base/paths.hpp"

#include <algorithm>

namespace qmgmt {
namespace {

// What a temporary file has besides must fit, too.
constexpr std::size_t longest_name = 200;

bool is_of_a_name(char c) noexcept
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
}

} // namespace

std::string_view directory_of(PolicyPlace place) noexcept
{
    return place == PolicyPlace::policies ? paths::policy : paths::policy_includes;
}

std::string_view suffix_of(PolicyPlace place) noexcept
{
    return place == PolicyPlace::policies ? ".policy" : "";
}

PolicyFileName PolicyFileName::parse(std::string_view untrusted, PolicyPlace place)
{
    if (untrusted.empty() || untrusted.size() > longest_name ||
        !std::ranges::all_of(untrusted, is_of_a_name))
        throw Error{failure::policy_name,
                    "not the name of a policy file: letters, digits, '_' and '-'"};
    return {place, std::string{untrusted}.append(suffix_of(place))};
}

std::string PolicyFileName::path() const
{
    return std::string{directory_of(place_)} + "/" + file_;
}

} // namespace qmgmt
