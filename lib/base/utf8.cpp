// SPDX-License-Identifier: GPL-2.0-or-later

#include "base/utf8.hpp"

#include <cstdint>

namespace qmgmt {
namespace {

// How many bytes of `text` from `at` are one character of UTF-8 in its shortest form; 0: none.
std::size_t character_length(std::string_view text, std::size_t at) noexcept
{
    const auto byte = [&](std::size_t i) -> std::uint32_t {
        return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0U;
    };
    const std::uint32_t first = byte(0);
    if (first < 0x80)
        return 1;
    const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    std::uint32_t code = first & (0x7fU >> length);
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xc0U) != 0x80)
            return 0;
        code = code << 6 | (byte(i) & 0x3fU);
    }
    constexpr std::uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const bool surrogate = code >= 0xd800 && code <= 0xdfff;
    if (first < 0xc2 || first > 0xf4 || code < least[length] || code > 0x10ffff || surrogate)
        return 0;
    return length;
}

} // namespace

bool is_utf8(std::string_view text) noexcept
{
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t length = character_length(text, at);
        if (length == 0)
            return false;
        at += length;
    }
    return true;
}

} // namespace qmgmt
