// SPDX-License-Identifier: GPL-2.0-or-later
//
// Ends the backup that a profile makes now. Who makes it the kernel knows, by its lock; no number
// that a file holds is believed, and no process but that one is ever signalled.
#pragma once

#include "backup/profile/profile_id.hpp"
#include "call/call.hpp"

namespace qmgmt {

// Until that backup has ended, at most 20 s. Throws BackupError{not_running},
// BackupError{cancel_pending} when it is still there.
void cancel_backup(Call& call, const ProfileId& id);

// For `CallSpec::needs_of`: root, where the backup runs as another user.
[[nodiscard]] unsigned needs_of_cancel(const Request& request);

} // namespace qmgmt
