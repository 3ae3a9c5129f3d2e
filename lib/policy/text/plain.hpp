// SPDX-License-Identifier: GPL-2.0-or-later
//
// The characters of names in a policy: of services, qubes, tags and classes.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace qmgmt {

// One look for each character: a policy has tens of thousands.
inline constexpr auto plain_characters = [] {
    std::array<bool, 256> plain{};
    for (const char c : std::string_view{"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                         "0123456789._-"})
        plain.at(static_cast<unsigned char>(c)) = true;
    return plain;
}();

[[nodiscard]] constexpr bool is_plain(char c) noexcept
{
    return plain_characters[static_cast<unsigned char>(c)];
}

} // namespace qmgmt
