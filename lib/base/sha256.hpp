// SPDX-License-Identifier: GPL-2.0-or-later
//
// SHA-256 (FIPS 180-4) of short texts, for names that would be too long for a file. Not for secrets
// or for bulk data.
#pragma once

#include <string>
#include <string_view>

namespace qmgmt {

// 64 lower case hex digits.
[[nodiscard]] std::string sha256_hex(std::string_view text);

} // namespace qmgmt
