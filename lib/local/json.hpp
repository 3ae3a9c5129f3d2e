// SPDX-License-Identifier: GPL-2.0-or-later
//
// JSON on its way out: strings, nothing more is needed.
#pragma once

#include <string>
#include <string_view>

namespace qmgmt::local {

// The text as a JSON string with its quotes; bytes that are not ASCII text become escapes.
[[nodiscard]] std::string json_string(std::string_view text);

} // namespace qmgmt::local
