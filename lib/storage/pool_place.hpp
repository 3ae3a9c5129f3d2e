// SPDX-License-Identifier: GPL-2.0-or-later
//
// Where the directories of pools lie: in which other pool, on which thin pool, below which roots.
// Nothing here starts a process or opens a device.
#pragma once

#include "store/store.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace qmgmt {

// The pool that what lies in this one takes its room from: the first other one whose directory
// holds, or is, the directory of this one; else the thin pool that holds its file system. Nothing
// when there is none, or this pool has no directory.
[[nodiscard]] std::optional<std::string> included_in(const Store& store, const StoredPool& pool);

// The names that device mapper gives to the thin pools below a block device. `sysfs` is where the
// kernel shows its devices: "/sys".
[[nodiscard]] std::vector<std::string> thin_pools_below(const std::string& sysfs, dev_t device);

// "<volume group>-<thin pool>-tpool", as device mapper spells it.
[[nodiscard]] std::string thin_pool_device(std::string_view volume_group,
                                           std::string_view thin_pool);

// For a new pool whose directory is to be `dir_path`, a normal path. Throws Error{bad_value} when
// the directory above it does not exist, and when it lies where images of qubes are or will be.
void check_new_place(const Store& store, const std::string& dir_path);

// Whether `dir_path`, and what it is once links are followed, lies below one of the roots.
[[nodiscard]] bool is_below_roots(const std::string& dir_path,
                                  const std::vector<std::string>& roots);

} // namespace qmgmt
