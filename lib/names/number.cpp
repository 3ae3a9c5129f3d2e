// SPDX-License-Identifier: GPL-2.0-or-later

#include "names/number.hpp"

#include <charconv>

namespace qmgmt {
namespace {

constexpr std::size_t most_digits = 19;

bool all_digits(std::string_view text)
{
    return !text.empty() && text.size() <= most_digits &&
           text.find_first_not_of("0123456789") == std::string_view::npos;
}

std::optional<std::int64_t> value_of(std::string_view text)
{
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size())
        return std::nullopt;
    return value;
}

bool same_word(std::string_view text, std::string_view word)
{
    if (text.size() != word.size())
        return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c =
            text[i] >= 'A' && text[i] <= 'Z' ? static_cast<char>(text[i] - 'A' + 'a') : text[i];
        if (c != word[i])
            return false;
    }
    return true;
}

} // namespace

std::optional<std::uint64_t> parse_decimal(std::string_view untrusted_text)
{
    if (!all_digits(untrusted_text) || (untrusted_text.size() > 1 && untrusted_text[0] == '0'))
        return std::nullopt;
    const auto value = value_of(untrusted_text);
    return value ? std::optional{static_cast<std::uint64_t>(*value)} : std::nullopt;
}

std::optional<std::int64_t> parse_integer(std::string_view untrusted_text)
{
    const std::string_view digits =
        untrusted_text.starts_with('-') ? untrusted_text.substr(1) : untrusted_text;
    return all_digits(digits) ? value_of(untrusted_text) : std::nullopt;
}

std::optional<bool> parse_boolean(std::string_view untrusted_text)
{
    for (const std::string_view word : {"1", "yes", "true", "on"}) {
        if (same_word(untrusted_text, word))
            return true;
    }
    for (const std::string_view word : {"0", "no", "false", "off"}) {
        if (same_word(untrusted_text, word))
            return false;
    }
    return std::nullopt;
}

} // namespace qmgmt
