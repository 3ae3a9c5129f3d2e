// SPDX-License-Identifier: GPL-2.0-or-later

#include "store/property_value.hpp"

#include "base/error.hpp"
#include "names/names.hpp"
#include "names/number.hpp"
#include "store/address.hpp"

#include <algorithm>
#include <set>

namespace qmgmt {
namespace {

[[noreturn]] void not_acceptable(std::string_view reason)
{
    throw Error{failure::bad_value, "value not acceptable: " + std::string{reason}};
}

[[noreturn]] void not_valid(const PropertyRow& row, std::string_view reason)
{
    throw Error{failure::bad_property_value, "the value is not valid for property '" +
                                                 std::string{row.name} +
                                                 "': " + std::string{reason}};
}

bool is_alphanumeric(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool made_of(std::string_view text, std::string_view others)
{
    return std::ranges::all_of(text, [&](char c) {
        return is_alphanumeric(c) || others.find(c) != std::string_view::npos;
    });
}

std::string integer(const PropertyRow& row, std::string_view text)
{
    const auto number = parse_integer(text);
    if (!number)
        not_acceptable("it is not a whole number");
    if (row.rule == PropertyRule::at_least_one && *number < 1)
        not_valid(row, "it must be at least 1");
    return std::to_string(*number);
}

std::string keyboard_layout(const PropertyRow& row, std::string_view text)
{
    const auto first = text.find('+');
    const auto second = first == std::string_view::npos ? first : text.find('+', first + 1);
    if (second == std::string_view::npos)
        not_valid(row, "layout+variant+options is wanted");
    const auto layout = text.substr(0, first);
    const auto letters = std::ranges::all_of(
        layout, [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); });
    if (layout.empty() || !letters || !made_of(text.substr(first + 1, second - first - 1), "_-") ||
        !made_of(text.substr(second + 1), "_:,-"))
        not_valid(row, "layout+variant+options is wanted");
    return std::string{text};
}

// Interface codes of seven characters, run together; kept once each, in order.
std::string devices_denied(const PropertyRow& row, std::string_view text)
{
    constexpr std::size_t code_length = 7;
    const auto is_code = [](std::string_view code) {
        return std::string_view{"bump*"}.find(code.front()) != std::string_view::npos &&
               code.substr(1).find_first_not_of("0123456789abcdef*") == std::string_view::npos;
    };
    if (text.size() % code_length != 0)
        not_valid(row, "interface codes have seven characters");
    std::set<std::string_view> codes;
    for (std::size_t at = 0; at < text.size(); at += code_length) {
        const auto code = text.substr(at, code_length);
        if (!is_code(code))
            not_valid(row, "that is not an interface code");
        codes.insert(code);
    }
    std::string out;
    for (const auto code : codes)
        out += code;
    return out;
}

std::string free_text(const PropertyRow& row, std::string_view text, Dialect dialect)
{
    switch (row.rule) {
    case PropertyRule::virt_mode: {
        std::string mode{text};
        std::ranges::transform(mode, mode.begin(), [](char c) {
            return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        });
        if (mode != "hvm" && mode != "pv" && mode != "pvh")
            not_valid(row, "hvm, pv or pvh is wanted");
        return mode;
    }
    case PropertyRule::mac:
        if (const auto mac = canonical_mac(text))
            return *mac;
        not_acceptable("it is not an Ethernet address");
    case PropertyRule::ipv4:
        if (!is_ipv4(text))
            not_acceptable("it is not an IPv4 address");
        return std::string{text};
    case PropertyRule::ipv6:
        if (const auto address = canonical_ipv6(text))
            return *address;
        not_acceptable("it is not an IPv6 address");
    case PropertyRule::user_name:
        if (text.empty() || !made_of(text, "_+,.-"))
            not_valid(row, "a user name holds letters, digits and _ + , . - only");
        return std::string{text};
    case PropertyRule::kernel_options:
        if (dialect == Dialect::current && text.size() > 512)
            not_valid(row, "it is longer than 512 characters");
        return std::string{text};
    case PropertyRule::keyboard_layout: return keyboard_layout(row, text);
    case PropertyRule::devices_denied: return devices_denied(row, text);
    default:
        if (text.empty() && !row.none_allowed)
            not_acceptable("it cannot be empty"); // upstream would read it back as `None`
        return std::string{text};
    }
}

} // namespace

std::string check_syntax(const PropertyRow& row, std::string_view untrusted_value, Dialect dialect)
{
    constexpr std::size_t longest = 65536;
    if (untrusted_value.size() > longest)
        not_acceptable("it is too long");
    const auto allowed = [](char c) {
        return (c >= 0x20 && c <= 0x7e) || c == '\t' || c == '\n' || c == '\r';
    };
    if (!std::ranges::all_of(untrusted_value, allowed))
        not_acceptable("it holds something other than ASCII text");
    if (row.rule == PropertyRule::read_only)
        not_valid(row, "it is computed");
    if (row.rule == PropertyRule::write_once)
        not_valid(row, "it is given when the qube is made");
    switch (row.type) {
    case PropertyType::boolean:
        if (const auto value = parse_boolean(untrusted_value))
            return *value ? "True" : "False";
        not_acceptable("it is neither true nor false");
    case PropertyType::integer: {
        std::string number = integer(row, untrusted_value);
        const bool negative = number.starts_with('-');
        if (negative &&
            (row.rule == PropertyRule::at_least_zero || row.rule == PropertyRule::maxmem))
            not_valid(row, "it must not be negative");
        if (row.rule == PropertyRule::maxmem && dialect == Dialect::r40 && number == "0")
            not_valid(row, "it must be at least 1");
        return number;
    }
    case PropertyType::qube:
        if (untrusted_value.empty()) {
            if (!row.none_allowed)
                not_valid(row, "a qube is wanted");
            return "";
        }
        return QubeName::parse(untrusted_value).text();
    case PropertyType::label:
        // An index or "label-N" is a label only when one is named so: the semantic step looks.
        try {
            return LabelName::parse(untrusted_value).text();
        } catch (const Error&) {
            throw Error{failure::label_not_found, "no such label"};
        }
    case PropertyType::text: return free_text(row, untrusted_value, dialect);
    }
    return std::string{untrusted_value};
}

} // namespace qmgmt
