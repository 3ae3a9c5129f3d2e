// SPDX-License-Identifier: GPL-2.0-or-later

#include "firewall/position.hpp"

#include "base/error.hpp"
#include "names/number.hpp"

#include <limits>

namespace qmgmt {
namespace {

constexpr std::uint64_t no_end = std::numeric_limits<std::uint64_t>::max();

[[noreturn]] void refuse()
{
    throw Error{failure::protocol, "the argument is not a position of a rule"};
}

std::uint64_t parse_index(std::string_view untrusted_text)
{
    const auto index = parse_decimal(untrusted_text);
    if (!index)
        refuse();
    return *index;
}

} // namespace

RuleChoice parse_rule_choice(std::string_view untrusted_text)
{
    if (untrusted_text.empty())
        return IndexRange{0, no_end};
    if (const auto id = RuleId::parse(untrusted_text))
        return *id;
    const auto dash = untrusted_text.find('-');
    const std::uint64_t first = parse_index(untrusted_text.substr(0, dash));
    if (dash == std::string_view::npos)
        return first;
    const std::string_view end = untrusted_text.substr(dash + 1);
    const IndexRange range{first, end.empty() ? no_end : parse_index(end)};
    if (range.last < range.first)
        refuse();
    return range;
}

RulePlace parse_rule_place(std::string_view untrusted_text)
{
    constexpr std::string_view after = "after-";
    if (untrusted_text.empty() || untrusted_text == "end")
        return AtEnd{};
    if (untrusted_text == "start")
        return std::uint64_t{0};
    if (untrusted_text.starts_with(after))
        return Behind{parse_rule_id(untrusted_text.substr(after.size()))};
    if (const auto id = RuleId::parse(untrusted_text))
        return Before{*id};
    return parse_index(untrusted_text);
}

RuleId parse_rule_id(std::string_view untrusted_text)
{
    const auto id = RuleId::parse(untrusted_text);
    if (!id)
        throw Error{failure::protocol, "the argument is not an id of a rule"};
    return *id;
}

} // namespace qmgmt
