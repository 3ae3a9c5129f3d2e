// SPDX-License-Identifier: GPL-2.0-or-later

#include "firewall/rule_draft.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace qmgmt {
namespace {

constexpr std::int64_t last_expire = 253402300799; // the end of the year 9999
constexpr std::size_t longest_comment = 512;
constexpr std::size_t most_digits = 19;

struct Option {
    std::string_view key;
    unsigned bit; // the destinations share one
};

constexpr unsigned action_bit = 1;
constexpr std::array options{
    Option{"action", action_bit},
    Option{"expire", 2},
    Option{"dst4", 4},
    Option{"dst6", 4},
    Option{"dsthost", 4},
    Option{"dstname", 4},
    Option{"proto", 8},
    Option{"specialtarget", 16},
    Option{"dstports", 32},
    Option{"icmptype", 64},
    Option{"comment", 128},
};

const Option* find_option(std::string_view untrusted_key)
{
    const auto* const found = std::ranges::find(options, untrusted_key, &Option::key);
    return found == options.end() ? nullptr : found;
}

// Digits alone, at most so many, at most that value. Leading zeros say nothing.
std::optional<std::int64_t> number(std::string_view untrusted_text, std::size_t digits,
                                   std::int64_t largest)
{
    if (untrusted_text.empty() || untrusted_text.size() > digits)
        return std::nullopt;
    std::int64_t value = 0;
    for (const char c : untrusted_text) {
        if (c < '0' || c > '9')
            return std::nullopt;
        if (value > largest / 10)
            return std::nullopt;
        value = value * 10 + (c - '0');
    }
    return value <= largest ? std::optional{value} : std::nullopt;
}

std::optional<std::uint16_t> port(std::string_view untrusted_text)
{
    const auto value = number(untrusted_text, 5, UINT16_MAX);
    return value ? std::optional{static_cast<std::uint16_t>(*value)} : std::nullopt;
}

} // namespace

void RuleDraft::refuse(std::string_view key)
{
    if (fault_.empty())
        fault_ = key;
}

void RuleDraft::set(std::string_view untrusted_key, std::string_view untrusted_value)
{
    const Option* option = find_option(untrusted_key);
    if (option == nullptr)
        return refuse("unknown option");
    if ((seen_ & option->bit) != 0 || !read(option->key, untrusted_value))
        refuse(option->key);
    seen_ |= option->bit;
}

// The comment begins at the first `comment=`, wherever that stands, and ends with the line.
void RuleDraft::set_line(std::string_view untrusted_line)
{
    constexpr std::string_view comment = "comment=";
    const auto at = untrusted_line.find(comment);
    std::string_view rest = untrusted_line.substr(0, at);
    rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
    rest.remove_suffix(rest.size() - (rest.find_last_not_of(' ') + 1));
    while (!rest.empty()) {
        const auto end = std::min(rest.find(' '), rest.size());
        const std::string_view option = rest.substr(0, end);
        const auto equals = option.find('=');
        if (equals == std::string_view::npos)
            refuse("unknown option");
        else
            set(option.substr(0, equals), option.substr(equals + 1));
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    if (at != std::string_view::npos)
        set("comment", untrusted_line.substr(at + comment.size()));
}

bool RuleDraft::read(std::string_view key, std::string_view value)
{
    if (key == "action")
        return read_action(value);
    if (key == "expire")
        return read_expire(value);
    if (key == "dst4" || key == "dst6")
        return read_destination(value, false);
    if (key == "dsthost" || key == "dstname")
        return read_destination(value, true);
    if (key == "proto")
        return read_protocol(value);
    if (key == "dstports")
        return read_ports(value);
    if (key == "comment")
        return read_comment(value);
    if (key == "specialtarget") {
        rule_.dns_ = true;
        return value == "dns";
    }
    const auto type = number(value, 3, UINT8_MAX); // icmptype
    rule_.icmp_type_ = static_cast<unsigned>(type.value_or(0));
    return type.has_value();
}

bool RuleDraft::read_action(std::string_view value)
{
    rule_.action_ = value == word(RuleAction::accept) ? RuleAction::accept : RuleAction::drop;
    return value == word(rule_.action_);
}

bool RuleDraft::read_expire(std::string_view value)
{
    rule_.expire_ = number(value, most_digits, last_expire);
    return rule_.expire_.has_value();
}

// The content decides of which family it is, whatever the option says.
bool RuleDraft::read_destination(std::string_view value, bool host_allowed)
{
    if (const auto prefix = AddressPrefix::parse(value))
        rule_.destination_ = *prefix;
    else if (const auto host = HostName::parse(value); host && host_allowed)
        rule_.destination_ = *host;
    else
        return false;
    return true;
}

bool RuleDraft::read_protocol(std::string_view value)
{
    for (const RuleProtocol protocol : {RuleProtocol::tcp, RuleProtocol::udp, RuleProtocol::icmp}) {
        if (value == word(protocol))
            rule_.protocol_ = protocol;
    }
    return rule_.protocol_.has_value();
}

bool RuleDraft::read_ports(std::string_view value)
{
    const auto dash = value.find('-');
    const auto first = port(value.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : port(value.substr(dash + 1));
    if (!first || !last || *first > *last)
        return false;
    rule_.ports_ = PortRange{*first, *last};
    return true;
}

bool RuleDraft::read_comment(std::string_view value)
{
    if (value.size() > longest_comment ||
        value.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                ":;,./_[] -") != std::string_view::npos)
        return false;
    rule_.comment_ = value;
    return true;
}

std::optional<Rule> RuleDraft::finish()
{
    if ((seen_ & action_bit) == 0)
        refuse("action");
    if (rule_.ports_ && rule_.protocol_ != RuleProtocol::tcp &&
        rule_.protocol_ != RuleProtocol::udp)
        refuse("dstports");
    if (rule_.icmp_type_ && rule_.protocol_ != RuleProtocol::icmp)
        refuse("icmptype");
    return fault_.empty() ? std::optional{rule_} : std::nullopt;
}

} // namespace qmgmt
