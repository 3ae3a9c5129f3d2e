// SPDX-License-Identifier: GPL-2.0-or-later
//
// The mark that a volume is in use: the file volume-running-<pool>:<vid> in /run/qubes, which other
// programs of the host read too (storage.md 1.9). It holds the name of the qube that uses the
// volume. The caller holds its lock.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace qmgmt {

// "<pool>:<vid>" as one component of a path: "-" doubled, "/" as "-".
[[nodiscard]] std::string escape_volume(std::string_view pool, std::string_view vid);

// The same where it has at most 200 bytes, else its SHA-256 in hex: the name of a lock file.
[[nodiscard]] std::string volume_lock_name(std::string_view pool, std::string_view vid);

// Where the mark of this volume is, below the root in force.
[[nodiscard]] std::string volume_state_path(std::string_view pool, std::string_view vid);

// Marking a volume again changes the user. Throws Error{failed}.
void mark_volume_running(std::string_view pool, std::string_view vid, std::string_view qube);
// No mark is success.
void clear_volume_running(std::string_view pool, std::string_view vid);
// The user; nothing when the volume is not marked. Empty when another program made the mark and
// named nobody.
[[nodiscard]] std::optional<std::string> volume_running_in(std::string_view pool,
                                                           std::string_view vid);

} // namespace qmgmt
