// SPDX-License-Identifier: GPL-2.0-or-later
//
// The firewall of a qube as a file of its directory. Who changes it holds the store's lock; readers
// need none, because it is only ever replaced.
#pragma once

#include "firewall/rule_list.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace qmgmt {

inline constexpr std::string_view rule_file_name = "firewall.xml";

[[nodiscard]] std::string rule_file_in(const std::string& directory);

// Its bytes; nothing when the directory has none. Throws Error{store} for what is no file, a link
// among it, and for one that is longer than any we read.
[[nodiscard]] std::optional<std::string> read_rule_file(const std::string& directory);

// The rules of the qube whose directory it is, expired ones among them; without a file, those that
// hold then. Throws Error{store}.
[[nodiscard]] RuleList stored_rules(const std::string& directory);

// Into the directory of a qube that the store does not have yet, so that nobody reads half of it.
// Durable when it returns. One that is there already is a failure.
void write_new_rule_file(const std::string& directory, std::string_view bytes);

} // namespace qmgmt
