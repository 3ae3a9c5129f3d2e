// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string_view>

namespace qmgmt {

// Whether all of it is UTF-8 as RFC 3629 has it: the shortest form of each character, no surrogate,
// nothing beyond U+10FFFF.
[[nodiscard]] bool is_utf8(std::string_view text) noexcept;

} // namespace qmgmt
