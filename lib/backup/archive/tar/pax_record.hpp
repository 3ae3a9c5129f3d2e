// SPDX-License-Identifier: GPL-2.0-or-later
//
// The extended records before a member of a tar archive (POSIX pax): "LENGTH KEY=VALUE\n", one
// after the other.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace qmgmt {

// Bytes of all records of one member.
inline constexpr std::size_t most_pax_records = 65536;

// Calls `take` for each. False when the text is no list of records, or `take` gave false.
[[nodiscard]] bool
read_pax_records(std::string_view untrusted,
                 const std::function<bool(std::string_view key, std::string_view value)>& take);
[[nodiscard]] std::string pax_record(std::string_view key, std::string_view value);

} // namespace qmgmt
