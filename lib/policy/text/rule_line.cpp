// SPDX-License-Identifier: GPL-2.0-or-later

#include "policy/text/rule_line.hpp"

#include "policy/text/plain.hpp"

#include <algorithm>
#include <array>

namespace qmgmt {
namespace {

constexpr std::size_t most_shown = 40;

[[noreturn]] void fail(std::string_view what, std::string_view word)
{
    throw PolicySyntax{std::string{what} + " '" + std::string{word.substr(0, most_shown)} + "'"};
}

constexpr bool is_blank(char c) noexcept
{
    return c == ' ' || c == '\t';
}

bool is_service(std::string_view text, bool is_argument) noexcept
{
    return std::ranges::all_of(text,
                               [&](char c) { return is_plain(c) || (c == '+' && is_argument); });
}

PolicyToken token(std::string_view word, TokenPlace place, TokenSyntax syntax)
{
    const auto parsed = parse_token(word, place, syntax);
    if (!parsed)
        fail(place == TokenPlace::source        ? "not a source:"
             : place == TokenPlace::destination ? "not a destination:"
                                                : "not a target:",
             word);
    return *parsed;
}

bool yes_or_no(std::string_view key, std::string_view value)
{
    if (value != "yes" && value != "no")
        fail(std::string{key} + " is yes or no, not", value);
    return value == "yes";
}

PolicyAction action_of(std::string_view word)
{
    if (word == "allow")
        return PolicyAction::allow;
    if (word == "deny")
        return PolicyAction::deny;
    if (word == "ask")
        return PolicyAction::ask;
    fail("not an action:", word);
}

// The parameters of a rule whose action is known.
class Parameters {
public:
    Parameters(PolicyRule& rule, TokenSyntax syntax) : rule_{rule}, syntax_{syntax} {}

    void add(std::string_view word)
    {
        const auto equals = word.find('=');
        if (equals == std::string_view::npos)
            fail("not a parameter:", word);
        const std::string_view key = word.substr(0, equals);
        const std::string_view value = word.substr(equals + 1);
        const auto seen_end = seen_.begin() + count_;
        if (value.empty() || std::find(seen_.begin(), seen_end, key) != seen_end)
            fail(value.empty() ? "a parameter without a value:" : "a parameter twice:", key);
        if (!set(key, value))
            fail("not a parameter of this action:", key);
        seen_.at(static_cast<std::size_t>(count_++)) = key;
    }

private:
    bool set(std::string_view key, std::string_view value)
    {
        if (key == "notify") {
            rule_.notify = yes_or_no(key, value);
            return true;
        }
        if (rule_.action == PolicyAction::deny)
            return false;
        if (key == "target")
            rule_.target = token(value, TokenPlace::redirection, syntax_);
        else if (key == "user")
            rule_.user = value;
        else if (key == "autostart")
            rule_.autostart = yes_or_no(key, value);
        else if (key == "default_target" && rule_.action == PolicyAction::ask)
            rule_.default_target = token(value, TokenPlace::redirection, syntax_);
        else
            return false;
        return true;
    }

    PolicyRule& rule_;
    TokenSyntax syntax_;
    std::array<std::string_view, 5> seen_; // there are no more
    std::ptrdiff_t count_ = 0;
};

void check_whole(const PolicyRule& rule)
{
    if (rule.action == PolicyAction::allow && rule.destination.kind == TokenKind::none &&
        !rule.target)
        throw PolicySyntax{"who allows @default says target="};
}

// "allow,user=root" and "allow user=root", and both mixed.
std::vector<std::string_view> action_words(const std::vector<std::string_view>& words)
{
    std::vector<std::string_view> parts;
    for (std::size_t i = 2; i < words.size(); ++i) {
        std::string_view rest = words[i];
        for (;;) {
            const auto comma = rest.find(',');
            if (comma > 0 && !rest.empty()) // a comma at either end of a word parts nothing
                parts.push_back(rest.substr(0, comma));
            if (comma == std::string_view::npos)
                break;
            rest.remove_prefix(comma + 1);
        }
    }
    return parts;
}

} // namespace

std::vector<std::string_view> words_of(std::string_view line)
{
    constexpr std::size_t usual = 12;
    std::vector<std::string_view> words;
    words.reserve(usual);
    std::size_t start = 0;
    for (std::size_t at = 0; at <= line.size(); ++at)
        if (at == line.size() || is_blank(line[at])) {
            if (at > start)
                words.push_back(line.substr(start, at - start));
            start = at + 1;
        }
    return words;
}

PolicyMatch parse_match(std::string_view service, std::string_view argument)
{
    PolicyMatch match;
    if (service != "*") {
        if (service.empty() || !is_service(service, false))
            fail("not a service:", service);
        match.service = service;
    }
    match.any_argument = argument == "*";
    if (match.any_argument)
        return match;
    if (!argument.starts_with('+') || !is_service(argument, true))
        fail("not an argument:", argument);
    if (match.service.empty())
        throw PolicySyntax{"each service has each argument: * *"};
    match.argument = argument.substr(1);
    return match;
}

PolicyRule parse_rule(const std::vector<std::string_view>& words)
{
    constexpr std::size_t least = 5;
    if (words.size() < least)
        throw PolicySyntax{"a line is: service, argument, source, destination, action"};
    const PolicyMatch match = parse_match(words[0], words[1]);
    PolicyRule rule{.service = match.service,
                    .argument = match.argument,
                    .any_argument = match.any_argument,
                    .source = token(words[2], TokenPlace::source, TokenSyntax::current),
                    .destination = token(words[3], TokenPlace::destination, TokenSyntax::current),
                    .action = action_of(words[4])};
    Parameters parameters{rule, TokenSyntax::current};
    for (std::size_t i = least; i < words.size(); ++i)
        parameters.add(words[i]);
    check_whole(rule);
    return rule;
}

PolicyRule parse_short_rule(std::string_view line, const PolicyMatch& match)
{
    const auto words = words_of(line);
    const auto parts = action_words(words);
    if (parts.empty())
        throw PolicySyntax{"a line is: source, destination, action"};
    PolicyRule rule{.service = match.service,
                    .argument = match.argument,
                    .any_argument = match.any_argument,
                    .source = token(words[0], TokenPlace::source, TokenSyntax::old),
                    .destination = token(words[1], TokenPlace::destination, TokenSyntax::old),
                    .action = action_of(parts.front())};
    Parameters parameters{rule, TokenSyntax::old};
    for (std::size_t i = 1; i < parts.size(); ++i)
        parameters.add(parts[i]);
    check_whole(rule);
    return rule;
}

} // namespace qmgmt
