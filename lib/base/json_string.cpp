// SPDX-License-Identifier: GPL-2.0-or-later

#include "base/json_string.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>

namespace qmgmt {
namespace {

constexpr std::uint32_t replacement = 0xfffd;

// Takes one character of UTF-8 off the front of `text`, which is not empty.
std::uint32_t take_character(std::string_view& text)
{
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
    const unsigned char first = byte(0);
    const std::size_t length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    constexpr std::array<std::uint32_t, 5> least = {0, 0, 0x80, 0x800, 0x10000};
    std::uint32_t character = length == 1 ? first : first & (0x7fU >> length);
    bool valid = first < 0x80 || (first >= 0xc2 && first <= 0xf4 && text.size() >= length);
    for (std::size_t i = 1; valid && i < length; ++i) {
        valid = (byte(i) & 0xc0) == 0x80;
        character = character << 6 | (byte(i) & 0x3fU);
    }
    valid = valid && character >= least[length] && character <= 0x10ffff &&
            (character < 0xd800 || character > 0xdfff);
    text.remove_prefix(valid ? length : 1);
    return valid ? character : replacement;
}

void append_escape(std::string& out, std::uint32_t unit)
{
    std::array<char, 8> escape{};
    std::snprintf(escape.data(), escape.size(), "\\u%04x", static_cast<unsigned>(unit & 0xffff));
    out += escape.data();
}

} // namespace

std::string json_string(std::string_view text)
{
    std::string out = "\"";
    while (!text.empty()) {
        const std::uint32_t character = take_character(text);
        if (character == '"' || character == '\\') {
            out += '\\';
            out += static_cast<char>(character);
        } else if (character == '\n') {
            out += "\\n";
        } else if (character >= 0x20 && character < 0x7f) {
            out += static_cast<char>(character);
        } else if (character < 0x10000) {
            append_escape(out, character);
        } else {
            append_escape(out, 0xd800 + ((character - 0x10000) >> 10));
            append_escape(out, 0xdc00 + ((character - 0x10000) & 0x3ff));
        }
    }
    return out + "\"";
}

} // namespace qmgmt
