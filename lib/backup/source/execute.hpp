// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.backup.Execute: an archive of the qubes that a profile selects (backup.md 4.1). Whatever
// goes wrong before its end, archives that are there, qubes and their disks stay as they were.
#pragma once

#include "backup/profile/profile_id.hpp"
#include "call/call.hpp"
#include "rpc/reply.hpp"

namespace qmgmt {

// Throws BackupError with any fault of a backup, Error for what every changing call may find. How
// it went is kept for Info (backup/last_result), also when it failed.
Reply execute_backup(Call& call, const ProfileId& id);

} // namespace qmgmt
