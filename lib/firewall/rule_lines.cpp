// SPDX-License-Identifier: GPL-2.0-or-later

#include "firewall/rule_lines.hpp"

#include "base/error.hpp"
#include "firewall/rule_draft.hpp"

#include <algorithm>
#include <string>

namespace qmgmt {
namespace {

void check_bytes(std::string_view untrusted_text)
{
    if (std::ranges::any_of(untrusted_text, [](char c) {
            return c == '\0' || c == '\r' || static_cast<unsigned char>(c) > 0x7f;
        }))
        throw Error{failure::protocol, "a rule is ASCII text, its line ends in a line feed"};
}

Rule parse_line(std::string_view untrusted_line, std::size_t number, RuleFaults faults)
{
    const std::string line = std::to_string(number);
    if (untrusted_line.size() > longest_rule)
        throw Error{failure::too_large, "the rule on line " + line + " is too long"};
    RuleDraft draft;
    draft.set_line(untrusted_line);
    if (const auto rule = draft.finish())
        return *rule;
    const std::string fault{draft.fault()};
    throw Error{failure::bad_value,
                "Invalid rule on line " + line + (faults == RuleFaults::named ? ": " + fault : ""),
                fault};
}

} // namespace

Rule Rule::parse(std::string_view untrusted_line)
{
    check_bytes(untrusted_line);
    return parse_line(untrusted_line, 1, RuleFaults::named);
}

std::vector<Rule> parse_rules(std::string_view untrusted_text, RuleFaults faults)
{
    if (untrusted_text.empty())
        throw Error{failure::protocol, "expected payload"};
    check_bytes(untrusted_text);
    if (untrusted_text.size() > most_rule_bytes)
        throw Error{failure::too_large, "the rules are too long"};
    std::string_view rest = untrusted_text;
    if (rest.ends_with('\n'))
        rest.remove_suffix(1);
    if (static_cast<std::size_t>(std::ranges::count(rest, '\n')) >= most_rules)
        throw Error{failure::too_large, "a qube has at most 1000 rules"};
    std::vector<Rule> rules;
    for (;;) {
        const auto end = rest.find('\n');
        rules.push_back(parse_line(rest.substr(0, end), rules.size() + 1, faults));
        if (end == std::string_view::npos)
            return rules;
        rest.remove_prefix(end + 1);
    }
}

Rule parse_one_rule(std::string_view untrusted_text)
{
    std::string_view line = untrusted_text;
    if (line.ends_with('\n'))
        line.remove_suffix(1);
    if (line.find('\n') != std::string_view::npos)
        throw Error{failure::protocol, "one rule is expected, on one line"};
    return Rule::parse(line);
}

} // namespace qmgmt
