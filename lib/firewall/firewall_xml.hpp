// SPDX-License-Identifier: GPL-2.0-or-later
//
// The rules of a qube as its file has them (firewall-devices.md 1.6): version 2 as upstream writes
// it, with our counters as attributes that others pass over, and the version 1 of old hosts.
#pragma once

#include "firewall/rule_list.hpp"

#include <string>
#include <string_view>

namespace qmgmt {

// More than we would store is read, written by whomever: up to the keys that upstream has for them.
inline constexpr std::size_t most_rules_read = 10000;
inline constexpr std::size_t longest_firewall_file = 8U << 20U;

// Either version. Throws Error{store} for what is neither, for a rule that is not valid and for
// what says more than we know: a rule half understood would let through what it was to stop.
[[nodiscard]] RuleList parse_firewall_xml(std::string_view untrusted_bytes);

// Version 2.
[[nodiscard]] std::string firewall_xml(const RuleList& list);

} // namespace qmgmt
