// SPDX-License-Identifier: GPL-2.0-or-later
//
// Numbers and truth values as callers write them. Whole text or nothing: no blanks, no trailing
// line end.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace qmgmt {

// ASCII digits, no leading zero except `0` itself, at most 19 digits, at most 2^63-1
// (protocol.md 1.7).
[[nodiscard]] std::optional<std::uint64_t> parse_decimal(std::string_view untrusted_text);

// -?[0-9]{1,19}, leading zeros accepted: the integer of a property (store.md 3.3).
[[nodiscard]] std::optional<std::int64_t> parse_integer(std::string_view untrusted_text);

// Case-insensitive: 1 yes true on, 0 no false off.
[[nodiscard]] std::optional<bool> parse_boolean(std::string_view untrusted_text);

} // namespace qmgmt
