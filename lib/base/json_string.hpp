// SPDX-License-Identifier: GPL-2.0-or-later
//
// JSON on its way out: strings, nothing more is needed.
#pragma once

#include <string>
#include <string_view>

namespace qmgmt {

// The text as a JSON string with its quotes, in ASCII: other characters become escapes, bytes that
// are not UTF-8 the replacement character.
[[nodiscard]] std::string json_string(std::string_view text);

} // namespace qmgmt
