// SPDX-License-Identifier: GPL-2.0-or-later
//
// Where a path really leads.
#pragma once

#include <optional>
#include <string>

namespace qmgmt {

// With all links followed; nothing when it is not there, or cannot be reached.
[[nodiscard]] std::optional<std::string> real_path(const std::string& path);

} // namespace qmgmt
