// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/profile/profile_id.hpp"

#include "backup/fault.hpp"

#include <algorithm>

namespace qmgmt {
namespace {

constexpr std::size_t longest = 40;

constexpr bool letter_or_digit(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

} // namespace

ProfileId ProfileId::parse(std::string_view untrusted)
{
    if (untrusted.empty() || untrusted.size() > longest || !letter_or_digit(untrusted.front()) ||
        !std::ranges::all_of(untrusted,
                             [](char c) { return letter_or_digit(c) || c == '_' || c == '-'; }))
        throw BackupError{BackupFault::bad_request, "this cannot be the name of a backup profile"};
    return ProfileId{untrusted};
}

} // namespace qmgmt
