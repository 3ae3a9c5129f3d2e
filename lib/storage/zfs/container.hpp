// SPDX-License-Identifier: GPL-2.0-or-later
//
// The dataset that a zfs pool lives in. `purpose` begins the text of every error.
#pragma once

#include "storage/pool.hpp"

#include <optional>
#include <string>
#include <vector>

namespace qmgmt {

// What its datasets take and what is left for them. Nothing when it is missing.
[[nodiscard]] std::optional<PoolUsage> container_usage(const std::string& container,
                                                       const std::string& purpose);
// All zvols two levels below it; none when it is missing.
[[nodiscard]] std::vector<std::string> volumes_in(const std::string& container,
                                                  const std::string& purpose);
// Makes it, never mounted, its zvols without partitions, and returns it; or marks the one that is
// there as ours and returns nothing. Throws Error{storage} when its ZFS pool is missing or cannot
// be used.
[[nodiscard]] std::vector<std::string> set_up_container(const std::string& container,
                                                        const std::string& purpose);

} // namespace qmgmt
