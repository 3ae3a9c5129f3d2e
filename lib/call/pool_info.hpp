// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a pool is, as rows `key=value` (storage.md 3.5, 3.6). Starts no process for a pool that is a
// directory.
#pragma once

#include "store/store.hpp"

#include <string>

namespace qmgmt {

// Its options in force, sorted; then size, usage and included_in, where they are known. Throws
// Error{storage} for a pool that cannot be used.
[[nodiscard]] std::string pool_info(const Store& store, const StoredPool& pool);

// Only what is known.
[[nodiscard]] std::string pool_usage_details(const Store& store, const StoredPool& pool);

} // namespace qmgmt
