// SPDX-License-Identifier: GPL-2.0-or-later
//
// Keys of a table, wherever it lives.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace qmgmt {

// Begins the names of files that are no keys.
inline constexpr char mark_of_temporary = '~';

// Whether it is an absolute path of at most 63 bytes whose components all lead down.
[[nodiscard]] bool is_table_key(std::string_view key);

// What stands between its slashes.
[[nodiscard]] std::vector<std::string> split_path(std::string_view path);

// The components of a key; Error{internal} for what is none.
[[nodiscard]] std::vector<std::string> parts_of_key(std::string_view key);

// Whether the key is one of `parts` or stands below one. The empty part stands above all.
[[nodiscard]] bool belongs_to(std::string_view key, std::span<const std::string_view> parts);

inline constexpr std::string_view whole_table[] = {""};

} // namespace qmgmt
