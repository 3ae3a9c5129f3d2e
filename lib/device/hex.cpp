// SPDX-License-Identifier: GPL-2.0-or-later

#include "device/hex.hpp"

namespace qmgmt {

constexpr std::string_view all_digits = "0123456789abcdef";

std::optional<std::uint32_t> parse_hex(std::string_view untrusted_text, std::size_t digits)
{
    if (untrusted_text.size() != digits || digits == 0 || digits > 8)
        return std::nullopt;
    std::uint32_t value = 0;
    for (const char c : untrusted_text) {
        const auto digit = all_digits.find(c);
        if (digit == std::string_view::npos)
            return std::nullopt;
        value = (value << 4) | static_cast<std::uint32_t>(digit);
    }
    return value;
}

std::string hex(std::uint32_t value, std::size_t digits)
{
    std::string text(digits, '0');
    for (std::size_t at = digits; at > 0 && value != 0; value >>= 4)
        text[--at] = all_digits[value & 0xf];
    return text;
}

} // namespace qmgmt
