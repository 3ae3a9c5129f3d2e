// SPDX-License-Identifier: GPL-2.0-or-later
//
// Where in a list, as callers say it (firewall-devices.md 1.2). Indices count from 0, over the
// rules that have not expired.
#pragma once

#include "firewall/rule_id.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <variant>

namespace qmgmt {

struct IndexRange {
    std::uint64_t first;
    std::uint64_t last; // may lie beyond the end, as may the first
};

// Which rules are asked for: all (empty), `N`, `N-M`, `N-`, or one by its id. Throws
// Error{protocol}.
using RuleChoice = std::variant<IndexRange, std::uint64_t, RuleId>;
[[nodiscard]] RuleChoice parse_rule_choice(std::string_view untrusted_text);

struct AtEnd {};
struct Before {
    RuleId rule;
};
struct Behind {
    RuleId rule;
};

// Where a rule goes: `end` or empty, `start`, before the one that is at `N` now, before an id, or
// `after-ID`. Throws Error{protocol}.
using RulePlace = std::variant<AtEnd, std::uint64_t, Before, Behind>;
[[nodiscard]] RulePlace parse_rule_place(std::string_view untrusted_text);

// Throws Error{protocol}.
[[nodiscard]] RuleId parse_rule_id(std::string_view untrusted_text);

} // namespace qmgmt
