// SPDX-License-Identifier: GPL-2.0-or-later
//
// The firewall of a qube: rules in order, the first that matches decides, what none matches is
// dropped. Each rule has a counter that its list never gives again.
#pragma once

#include "firewall/position.hpp"
#include "firewall/rule.hpp"
#include "firewall/rule_id.hpp"

#include <cstdint>
#include <ctime>
#include <span>
#include <vector>

namespace qmgmt {

struct ListedRule {
    std::uint64_t counter;
    Rule rule;

    [[nodiscard]] RuleId id() const { return RuleId{counter, rule}; }

    friend bool operator==(const ListedRule&, const ListedRule&) = default;
};

class RuleList {
public:
    RuleList() = default; // empty: all is dropped
    // What holds without rules of its own.
    static RuleList accept_all();
    // As it was kept. Rules whose counter is 0, too large or not the first of its kind get new
    // ones; `next` is the next counter to give, if it is one.
    static RuleList restore(std::vector<ListedRule> rules, std::uint64_t next);

    // Indices are places here: to be asked and told by callers, what has expired is to be dropped
    // first.
    [[nodiscard]] const std::vector<ListedRule>& rules() const { return rules_; }
    [[nodiscard]] std::uint64_t next_counter() const { return next_; }
    [[nodiscard]] bool has_expired(std::time_t now) const;
    void drop_expired(std::time_t now);

    // Throws Error{rule_not_found} for an index or an id that none has; a range may lie beyond the
    // end.
    [[nodiscard]] std::span<const ListedRule> chosen(const RuleChoice& choice) const;

    // Throws Error{rule_not_found} for a place that is not there, Error{too_large} for more than a
    // qube may have.
    RuleId insert(const RulePlace& place, Rule rule);
    // Throws Error{rule_not_found} when no rule has this id (any more).
    void remove(const RuleId& id);
    void flush() { rules_.clear(); }
    // These rules instead of all, under new ids unless they are the same in the same order. Throws
    // Error{too_large}.
    void replace(std::vector<Rule> rules);

    friend bool operator==(const RuleList&, const RuleList&) = default;

private:
    [[nodiscard]] std::size_t index_of(const RuleId& id) const;
    [[nodiscard]] std::size_t index_of(const RulePlace& place) const;
    std::uint64_t give_counter();
    void check_size() const;

    std::vector<ListedRule> rules_;
    std::uint64_t next_ = 1;
};

} // namespace qmgmt
