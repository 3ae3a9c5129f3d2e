// SPDX-License-Identifier: GPL-2.0-or-later
//
// What store and disks say of each other and do not agree on (storage.md 8.4).
#pragma once

#include "call/call.hpp"
#include "call/check.hpp"

#include <vector>

namespace qmgmt {

// Volumes that belong to no qube, volumes of qubes that are not there or cannot be used, what a
// crash left started or half made. Reads only. The store must be one that can be read.
[[nodiscard]] std::vector<CheckFinding> check_volumes(Call& call);

} // namespace qmgmt
