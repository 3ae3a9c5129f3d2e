// SPDX-License-Identifier: GPL-2.0-or-later
//
// Adding a pool: its place first, then one short edit of the store. A crash in between leaves empty
// directories.
#pragma once

#include "call/call.hpp"
#include "names/pool_request.hpp"

namespace qmgmt {

// Where a directory of a pool may be for this caller is checked, and what the driver needs is made.
// On failure nothing is left.
[[nodiscard]] Reply add_pool(Call& call, const PoolRequest& wanted);

// The directory that the request would have made, if it is such a request and a good one; else
// empty (CallSpec::new_place).
[[nodiscard]] std::string directory_of_new_pool(const Request& request);

// Storage and root, for a driver of devices; else the store alone (CallSpec::needs_of).
[[nodiscard]] unsigned needs_to_add_pool(const Request& request);

} // namespace qmgmt
