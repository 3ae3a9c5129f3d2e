// SPDX-License-Identifier: GPL-2.0-or-later

#include "firewall/rule_list.hpp"

#include "base/error.hpp"
#include "firewall/rule_lines.hpp"

#include <algorithm>
#include <set>

namespace qmgmt {
namespace {

// Far more than anybody inserts, and a number in every language that reads the file.
constexpr std::uint64_t largest_counter = 999'999'999'999'999;

[[noreturn]] void no_such_rule()
{
    throw Error{failure::rule_not_found, "no such rule"};
}

} // namespace

RuleList RuleList::accept_all()
{
    return restore({{1, Rule::accept_all()}}, 2);
}

RuleList RuleList::restore(std::vector<ListedRule> rules, std::uint64_t next)
{
    RuleList list;
    if (next >= 1 && next <= largest_counter)
        list.next_ = next;
    std::set<std::uint64_t> given;
    for (ListedRule& listed : rules) {
        if (listed.counter > largest_counter || !given.insert(listed.counter).second)
            listed.counter = 0;
        list.next_ = std::max(list.next_, listed.counter + 1);
    }
    list.rules_ = std::move(rules);
    for (ListedRule& listed : list.rules_) {
        if (listed.counter == 0)
            listed.counter = list.next_++;
    }
    return list;
}

bool RuleList::has_expired(std::time_t now) const
{
    return std::ranges::any_of(rules_,
                               [now](const ListedRule& one) { return one.rule.is_expired(now); });
}

void RuleList::drop_expired(std::time_t now)
{
    std::erase_if(rules_, [now](const ListedRule& one) { return one.rule.is_expired(now); });
}

std::size_t RuleList::index_of(const RuleId& id) const
{
    const auto found = std::ranges::find(rules_, id.counter(), &ListedRule::counter);
    if (found == rules_.end() || found->id() != id)
        no_such_rule();
    return static_cast<std::size_t>(found - rules_.begin());
}

std::size_t RuleList::index_of(const RulePlace& place) const
{
    if (const auto* before = std::get_if<Before>(&place))
        return index_of(before->rule);
    if (const auto* behind = std::get_if<Behind>(&place))
        return index_of(behind->rule) + 1;
    if (const auto* index = std::get_if<std::uint64_t>(&place)) {
        if (*index > rules_.size())
            no_such_rule();
        return *index;
    }
    return rules_.size();
}

std::span<const ListedRule> RuleList::chosen(const RuleChoice& choice) const
{
    const std::span<const ListedRule> all{rules_};
    if (const auto* id = std::get_if<RuleId>(&choice))
        return all.subspan(index_of(*id), 1);
    if (const auto* index = std::get_if<std::uint64_t>(&choice)) {
        if (*index >= all.size())
            no_such_rule();
        return all.subspan(*index, 1);
    }
    const auto& range = std::get<IndexRange>(choice);
    const std::uint64_t first = std::min<std::uint64_t>(range.first, all.size());
    const std::uint64_t behind = range.last < all.size() ? range.last + 1 : all.size();
    return all.subspan(first, behind > first ? behind - first : 0);
}

std::uint64_t RuleList::give_counter()
{
    if (next_ > largest_counter)
        throw Error{failure::too_large, "no id is left for a rule"};
    return next_++;
}

void RuleList::check_size() const
{
    if (rules_.size() > most_rules)
        throw Error{failure::too_large, "a qube has at most 1000 rules"};
    std::size_t bytes = 0;
    for (const ListedRule& listed : rules_)
        bytes += listed.rule.canonical().size() + 1;
    if (bytes > most_rule_bytes)
        throw Error{failure::too_large, "the rules are too long together"};
}

RuleId RuleList::insert(const RulePlace& place, Rule rule)
{
    const auto index = static_cast<std::ptrdiff_t>(index_of(place));
    ListedRule listed{give_counter(), std::move(rule)};
    RuleId id = listed.id();
    rules_.insert(rules_.begin() + index, std::move(listed));
    check_size();
    return id;
}

void RuleList::remove(const RuleId& id)
{
    rules_.erase(rules_.begin() + static_cast<std::ptrdiff_t>(index_of(id)));
}

void RuleList::replace(std::vector<Rule> rules)
{
    if (std::ranges::equal(rules_, rules, {}, &ListedRule::rule))
        return;
    rules_.clear();
    for (Rule& rule : rules)
        rules_.push_back({give_counter(), std::move(rule)});
    check_size();
}

} // namespace qmgmt
