// SPDX-License-Identifier: GPL-2.0-or-later

#include "names/uuid.hpp"

#include "base/random.hpp"

#include <span>

namespace qmgmt {
namespace {

constexpr std::string_view digits = "0123456789abcdef";
constexpr std::size_t text_length = 36;

bool is_dash_place(std::size_t at)
{
    return at == 8 || at == 13 || at == 18 || at == 23;
}

int digit_value(char c)
{
    if (c >= 'A' && c <= 'F')
        c = static_cast<char>(c - 'A' + 'a');
    const auto at = digits.find(c);
    return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

} // namespace

std::optional<Uuid> Uuid::parse(std::string_view untrusted_text)
{
    if (untrusted_text.size() != text_length)
        return std::nullopt;
    Bytes bytes{};
    std::size_t nibble = 0;
    for (std::size_t at = 0; at < text_length; ++at) {
        const char c = untrusted_text[at];
        if (is_dash_place(at)) {
            if (c != '-')
                return std::nullopt;
            continue;
        }
        const int value = digit_value(c);
        if (value < 0)
            return std::nullopt;
        bytes[nibble / 2] =
            static_cast<std::uint8_t>(bytes[nibble / 2] << 4 | static_cast<unsigned>(value));
        ++nibble;
    }
    return Uuid{bytes};
}

Uuid Uuid::random()
{
    Bytes bytes{};
    fill_random(std::as_writable_bytes(std::span{bytes}));
    bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0f) | 0x40); // version 4
    bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3f) | 0x80); // RFC 4122
    return Uuid{bytes};
}

std::string Uuid::text() const
{
    std::string text;
    text.reserve(text_length);
    for (const std::uint8_t byte : bytes_) {
        if (is_dash_place(text.size()))
            text += '-';
        text += digits[byte >> 4];
        text += digits[byte & 0x0f];
    }
    return text;
}

} // namespace qmgmt
