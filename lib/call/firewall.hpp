// SPDX-License-Identifier: GPL-2.0-or-later
//
// The firewall of a qube of the store: read, and changed by an edit like any other.
#pragma once

#include "call/edit.hpp"
#include "firewall/rule_list.hpp"

#include <functional>

namespace qmgmt {

// Its rules as they stand, without those that have expired. Needs no lock. Throws Error{store} for
// a file that cannot be read.
[[nodiscard]] RuleList firewall_of(const Qube& qube);

// Whether its file has rules that have expired. Throws as above.
[[nodiscard]] bool has_expired_rules(const Qube& qube);

using FirewallChange = std::function<void(RuleList& rules)>;

// `change` is applied to what stands under the edit's lock, without what has expired; the commit
// stores the outcome and tells watchers. False, and nothing to commit, when all stays as it is.
// Throws what `change` does.
bool edit_firewall(Edit& edit, const Qube& qube, const FirewallChange& change);
// Only what has expired goes.
bool drop_expired_rules(Edit& edit, const Qube& qube);

// "ID RULE" lines.
[[nodiscard]] std::string rule_rows(std::span<const ListedRule> rules);

} // namespace qmgmt
