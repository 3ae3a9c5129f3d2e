// SPDX-License-Identifier: GPL-2.0-or-later
//
// Text on its way out: to a log, to a terminal, into a line.
#pragma once

#include <string>
#include <string_view>

namespace qmgmt {

// At most `limit` bytes of it, everything but 0x20 to 0x7e replaced by `_`.
[[nodiscard]] std::string printable(std::string_view text, std::size_t limit);

// Neither empty nor holding a blank or a control character: can stand in a row of its own.
[[nodiscard]] bool is_printable_word(std::string_view text);

} // namespace qmgmt
