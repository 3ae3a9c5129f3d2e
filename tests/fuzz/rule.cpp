// SPDX-License-Identifier: GPL-2.0-or-later
//
// Rules of firewalls, as one, as lines, and what names them. A rule that is believed is written as
// text that says the same, and in no more words than a netvm can be told.

#include "base/error.hpp"
#include "firewall/position.hpp"
#include "firewall/rule_lines.hpp"
#include "fuzz/target.hpp"

#include <algorithm>
#include <string>

using namespace qmgmt;

namespace {

constexpr std::size_t longest_value = 3072; // of QubesDB

bool is_printable(std::string_view text)
{
    return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

void check_rule(const Rule& rule)
{
    const std::string text = rule.canonical();
    fuzz::require(text.size() <= longest_rule && is_printable(text));
    fuzz::require(text.starts_with("action="));
    const Rule again = Rule::parse(text);
    fuzz::require(again == rule && again.canonical() == text);

    const std::string applied = rule.applied_text();
    fuzz::require(applied.size() <= longest_value);
    const Rule told = Rule::parse(applied);
    fuzz::require(told.applied_text() == applied && told.comment().empty() && !told.expire());
    fuzz::require(told.family() == rule.family() && told.never_matches() == rule.never_matches());
    if (rule.expire())
        fuzz::require(!rule.is_expired(*rule.expire()) && rule.is_expired(*rule.expire() + 1));

    const RuleId id{7, rule};
    fuzz::require(RuleId::parse(id.text()) == id);
}

template<typename Work>
void attempt(Work work)
{
    try {
        work();
    } catch (const Error& error) {
        fuzz::require(is_printable(error.text()));
        fuzz::require(error.type() == failure::bad_value || error.type() == failure::protocol ||
                      error.type() == failure::too_large);
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    attempt([&] { check_rule(parse_one_rule(text)); });
    attempt([&] {
        std::string lines;
        const std::vector<Rule> rules = parse_rules(text, RuleFaults::named);
        fuzz::require(!rules.empty() && rules.size() <= most_rules);
        for (const Rule& rule : rules) {
            check_rule(rule);
            lines += rule.canonical() + "\n";
        }
        if (lines.size() <= most_rule_bytes)
            fuzz::require(parse_rules(lines, RuleFaults::counted) == rules);
    });
    if (const auto id = RuleId::parse(text))
        fuzz::require(id->text() == text);
    attempt([&] {
        const RuleChoice choice = parse_rule_choice(text);
        if (const auto* range = std::get_if<IndexRange>(&choice))
            fuzz::require(range->first <= range->last);
    });
    attempt([&] { static_cast<void>(parse_rule_place(text)); });
    return 0;
}
