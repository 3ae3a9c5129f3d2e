// SPDX-License-Identifier: GPL-2.0-or-later
//
// The rules of a qube as its netvm is told of them: a tree of keys for each of its addresses
// (firewall-devices.md 1.9).
#pragma once

#include "firewall/rule_list.hpp"
#include "network/table_store.hpp"

#include <ctime>
#include <string>
#include <vector>

namespace qmgmt {

// The root of the address.
[[nodiscard]] std::string firewall_key(const std::string& address);

// Rules that have expired at `now` are left out, as are those that concern the other family.
[[nodiscard]] std::vector<TableTree> firewall_trees(const std::vector<std::string>& addresses,
                                                    const RuleList& list, std::time_t now);

} // namespace qmgmt
