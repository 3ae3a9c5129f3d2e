// SPDX-License-Identifier: GPL-2.0-or-later
//
// Replies for a person and for programs that read JSON.
#pragma once

#include "local/pattern.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace qmgmt::local {

// Rows as a table with a head; a scalar as it is, with a line end. What a terminal could take for a
// command is replaced. Nothing when the reply does not have the pattern's form.
[[nodiscard]] std::optional<std::string> table(const Pattern& pattern, std::string_view reply);

// An array of objects, one a row; numbers and truth values as such.
[[nodiscard]] std::optional<std::string> json(const Pattern& pattern, std::string_view reply);

} // namespace qmgmt::local
