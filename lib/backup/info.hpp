// SPDX-License-Identifier: GPL-2.0-or-later
//
// What mgmt.backup.Info says (backup.md 4.2).
#pragma once

#include "backup/profile/profile_id.hpp"
#include "call/call.hpp"

#include <string>

namespace qmgmt {

// Lines. What may surprise whoever makes the backup is said with `call.warn`. Throws what
// load_profile and select_qubes throw.
[[nodiscard]] std::string backup_info(Call& call, const ProfileId& id);

} // namespace qmgmt
