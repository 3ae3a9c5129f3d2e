// SPDX-License-Identifier: GPL-2.0-or-later
//
// The options of a pool as its driver takes them. Each throws Error{storage} that names the pool
// and the option.
#pragma once

#include "storage/pool.hpp"

#include <limits>
#include <string>

namespace qmgmt {

// dir_path, below the root in force, without a slash at its end: absolute, no "." or ".." in it, no
// blanks or control characters.
[[nodiscard]] std::string pool_directory(const PoolConfig& config);

// The name of a volume group or thin pool, as lvm takes it.
[[nodiscard]] std::string lvm_name(const PoolConfig& config, const std::string& option);

// revisions_to_keep, from -1 to `most`; 1 when it is not given.
[[nodiscard]] int revisions_to_keep(const PoolConfig& config,
                                    int most = std::numeric_limits<int>::max());

} // namespace qmgmt
