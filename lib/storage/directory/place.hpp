// SPDX-License-Identifier: GPL-2.0-or-later
//
// The directory of a pool as a place: its file system, its room, and what a new pool makes in it.
#pragma once

#include "storage/pool.hpp"

#include <optional>
#include <string>
#include <vector>

namespace qmgmt {

// Of its file system. Nothing when the directory is missing. Throws Error{storage}.
[[nodiscard]] std::optional<PoolUsage> directory_usage(const std::string& directory);

// Throws Error{no_space}, beginning with `purpose`, when less is free than 512 MiB or one per cent
// of all, whichever is more.
void check_room_left(std::uint64_t size, std::uint64_t free, const std::string& purpose);

// The same for its file system. A missing directory has no room either.
void check_directory_room(const std::string& directory, const std::string& purpose);

// Whether files in the directory can share blocks; nothing there is left behind. Throws
// Error{storage} when no file can be made.
[[nodiscard]] bool can_share_blocks(const std::string& directory, const std::string& purpose);

// Makes the directory, not its parents, and in it appvms and vm-templates; returns those that were
// not there. `check`: refuses a file system that cannot share blocks. Throws with nothing left.
[[nodiscard]] std::vector<std::string> set_up_directory(const std::string& directory, bool check,
                                                        const std::string& purpose);

// Makes the directory alone.
[[nodiscard]] std::vector<std::string> make_pool_directory(const std::string& directory,
                                                           const std::string& purpose);

// Removes those that are empty, the last first.
void take_back_directories(const std::vector<std::string>& made);

} // namespace qmgmt
