// SPDX-License-Identifier: GPL-2.0-or-later
//
// Rules as callers send them: one a line, separated by line ends; the last line may have one.
#pragma once

#include "firewall/rule.hpp"

#include <string_view>
#include <vector>

namespace qmgmt {

inline constexpr std::size_t most_rules = 1000;
inline constexpr std::size_t most_rule_bytes = 65536; // of all rules of a qube

// Whether the text of a refusal names the option that is wrong, or the line alone, as today's
// clients know it.
enum class RuleFaults { named, counted };

// All of them. Throws Error{protocol} for none and for bytes that no text has, Error{too_large},
// Error{bad_value} with the number of the line.
[[nodiscard]] std::vector<Rule> parse_rules(std::string_view untrusted_text, RuleFaults faults);

// The one line there is; Error{protocol} for several.
[[nodiscard]] Rule parse_one_rule(std::string_view untrusted_text);

} // namespace qmgmt
