// SPDX-License-Identifier: GPL-2.0-or-later
//
// Hexadecimal numbers of a fixed width, as devices are named by them: lower case.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace qmgmt {

// Exactly `digits` of them, at most eight, and nothing else.
[[nodiscard]] std::optional<std::uint32_t> parse_hex(std::string_view untrusted_text,
                                                     std::size_t digits);

// The lowest `digits` of it.
[[nodiscard]] std::string hex(std::uint32_t value, std::size_t digits);

} // namespace qmgmt
