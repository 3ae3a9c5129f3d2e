// SPDX-License-Identifier: GPL-2.0-or-later
//
// The programs zfs and zpool, one command a call. What they say of a failure becomes ours.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace qmgmt::zfs {

using Words = std::vector<std::string>;

// Their absolute paths, below the root in force.
[[nodiscard]] Words programs();

// Runs `zfs` with these words and returns what it wrote. While ZFS says that the dataset is busy,
// five seconds at most, it tries again: a device is let go a moment after its last user has gone.
// Throws, each text beginning with `purpose`: Error{busy}, Error{no_space}, Error{timeout},
// Error{storage}.
std::string run(const Words& words, const std::string& purpose);
// The same; nothing when what it names does not exist.
[[nodiscard]] std::optional<std::string> run_if_there(const Words& words,
                                                      const std::string& purpose);
// The health of a ZFS pool ("ONLINE", ...); nothing when there is no such pool.
[[nodiscard]] std::optional<std::string> pool_health(const std::string& pool,
                                                     const std::string& purpose);
// One try, for what may as well be done later: whether it worked.
[[nodiscard]] bool try_run(const Words& words);

} // namespace qmgmt::zfs
