// SPDX-License-Identifier: GPL-2.0-or-later
//
// Places to put pools: a scratch root, and real file systems mounted below it in a mount namespace
// of our own, so that nothing of them outlives the program, however it ends.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace qmgmt::test {

// The root that the library uses in this program; removed at the end.
const std::string& scratch_root();

// Where `dir_path` is on the disk.
std::string on_disk(const std::string& dir_path);

// A new, empty directory as `dir_path` of a pool, on "plain" (where the scratch root is), "ext4",
// "xfs" or "btrfs" (loop mounts). Nothing, and a line that says so, where it cannot be mounted.
std::optional<std::string> new_pool_on(const std::string& file_system);

// Whether files in this place can share blocks.
bool can_share(const std::string& directory);

// Mounts a tmpfs of `size` ("64M") over an existing directory, or says why not.
bool mount_memory(const std::string& directory, const std::string& size);

// Runs a program to its end; true when it ends with 0.
bool run(const std::vector<std::string>& command);

} // namespace qmgmt::test
