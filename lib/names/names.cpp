// SPDX-License-Identifier: GPL-2.0-or-later

#include "names/names.hpp"

#include <algorithm>

namespace qmgmt {
namespace {

constexpr std::size_t longest_feature_value = 65536;

bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

// Letters, digits and the characters of `others`, and at most `longest` of them.
bool made_of(std::string_view text, std::string_view others, std::size_t longest)
{
    return !text.empty() && text.size() <= longest && std::ranges::all_of(text, [&](char c) {
        return is_letter(c) || is_digit(c) || others.find(c) != std::string_view::npos;
    });
}

} // namespace

std::string_view QubeName::fault(std::string_view untrusted_text) noexcept
{
    const std::string_view text = untrusted_text;
    if (text.empty() || text.size() > 31)
        return "a qube name has 1 to 31 bytes";
    if (!is_letter(text.front()) && (is_digit(text.front()) || text.front() == '_' ||
                                     text.front() == '.' || text.front() == '-'))
        return "a qube name begins with a letter";
    if (!made_of(text, "_.-", 31) || !is_letter(text.front()))
        return "a qube name holds letters, digits, _ . and - only";
    if (text == "none" || text == "default" || text == "Domain-0" || text.ends_with("-dm"))
        return "this qube name is reserved";
    return {};
}

QubeName QubeName::parse(std::string_view untrusted_text)
{
    if (const auto reason = fault(untrusted_text); !reason.empty())
        throw Error{failure::bad_value, "value not acceptable: " + std::string{reason}};
    return QubeName{std::string{untrusted_text}};
}

Tag Tag::parse(std::string_view untrusted_text)
{
    if (!made_of(untrusted_text, "_-", 64))
        throw Error{failure::invalid_tag,
                    "not a valid tag: 1 to 64 letters, digits, _ and - are one"};
    return Tag{std::string{untrusted_text}};
}

FeatureName FeatureName::parse(std::string_view untrusted_text)
{
    if (!made_of(untrusted_text, "_.-", 255))
        throw Error{failure::protocol,
                    "not a valid feature name: 1 to 255 letters, digits, _ . and - are one"};
    return FeatureName{std::string{untrusted_text}};
}

std::string parse_feature_value(std::string_view untrusted_text)
{
    if (untrusted_text.size() > longest_feature_value ||
        !std::ranges::all_of(untrusted_text, [](char c) { return c >= 0x20 && c <= 0x7e; }))
        throw Error{failure::protocol, "a feature value holds printable ASCII only"};
    return std::string{untrusted_text};
}

LabelName LabelName::parse(std::string_view untrusted_text)
{
    if (!made_of(untrusted_text, "_.-", 32))
        throw Error{failure::invalid_label,
                    "not a valid label name: 1 to 32 letters, digits, _ . and - are one"};
    return LabelName{std::string{untrusted_text}};
}

LabelName LabelName::parse_new(std::string_view untrusted_text)
{
    LabelName name = parse(untrusted_text);
    if (std::ranges::all_of(untrusted_text, is_digit))
        throw Error{failure::invalid_label, "not a valid label name: it has digits only"};
    return name;
}

std::string parse_label_colour(std::string_view untrusted_text)
{
    std::string_view text = untrusted_text.substr(0, 64);
    while (!text.empty() && text.front() == ' ')
        text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ')
        text.remove_suffix(1);
    const auto is_hex = [](char c) {
        return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    };
    if (untrusted_text.size() > 64 || text.size() != 8 || !text.starts_with("0x") ||
        !std::ranges::all_of(text.substr(2), is_hex))
        throw Error{failure::invalid_label_value, "not a valid label colour: 0xRRGGBB is one"};
    return std::string{text};
}

PoolName PoolName::parse(std::string_view untrusted_text)
{
    if (!made_of(untrusted_text, "_.-", 63) ||
        (!is_letter(untrusted_text.front()) && !is_digit(untrusted_text.front())))
        throw Error{failure::protocol, "not a valid pool name"};
    return PoolName{std::string{untrusted_text}};
}

PropertyName PropertyName::parse(std::string_view untrusted_text)
{
    const bool good = !untrusted_text.empty() && untrusted_text.size() <= 64 &&
                      is_lower(untrusted_text.front()) &&
                      std::ranges::all_of(untrusted_text, [](char c) {
                          return is_lower(c) || is_digit(c) || c == '_';
                      });
    if (!good)
        throw Error{failure::no_such_property, "there is no property of that name"};
    return PropertyName{std::string{untrusted_text}};
}

} // namespace qmgmt
