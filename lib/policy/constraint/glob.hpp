// SPDX-License-Identifier: GPL-2.0-or-later
//
// The patterns of constraints: `*` stands for any bytes, none too; every other byte for itself.
#pragma once

#include <string_view>

namespace qmgmt {

// Whether the pattern means the whole text.
[[nodiscard]] bool matches_glob(std::string_view pattern, std::string_view text) noexcept;

} // namespace qmgmt
