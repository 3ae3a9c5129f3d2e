// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a change would write, for --dry-run.
#pragma once

#include <string>
#include <string_view>

namespace qmgmt {

// The lines only `before` has, each behind "-", and those only `after` has, behind "+", in the
// order of the text. Empty when nothing differs.
[[nodiscard]] std::string line_difference(std::string_view before, std::string_view after);

} // namespace qmgmt
