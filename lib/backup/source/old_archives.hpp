// SPDX-License-Identifier: GPL-2.0-or-later
//
// The archives of one profile in a directory of dom0, for `keep` (backup.md 3.1). Only what has the
// name that this program gives is ever removed.
#pragma once

#include "backup/profile/profile_id.hpp"

#include <ctime>
#include <set>
#include <string>
#include <vector>

namespace qmgmt {

// Removes all but the newest `keep`, and but those of the times `needed`: they hold the latest copy
// of a qube that later backups left out as unchanged. Returns their names.
std::vector<std::string> remove_old_archives(const std::string& directory, const ProfileId& id,
                                             unsigned keep, const std::set<std::time_t>& needed);

} // namespace qmgmt
