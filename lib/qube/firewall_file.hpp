// SPDX-License-Identifier: GPL-2.0-or-later
//
// The firewall rules of a qube as a file of its directory: a disposable takes over its template's.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace qmgmt {

inline constexpr std::string_view firewall_file = "firewall.xml";

// Nothing when the directory has none. A link there is refused.
[[nodiscard]] std::optional<std::string> read_firewall_file(const std::string& directory);

// Durable when it returns; into the directory of a qube that the store does not have yet, so that
// nobody reads half of it. One that is there already is a failure.
void write_firewall_file(const std::string& directory, std::string_view rules);

} // namespace qmgmt
