// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.backup.Restore and mgmt.backup.Verify from beginning to end (backup.md 4.3).
#pragma once

#include "call/call.hpp"

namespace qmgmt {

// All qubes that are asked for, or, unless it is asked otherwise, none. The reply is a report,
// which is also written when the call then fails.
[[nodiscard]] Reply restore_backup(Call& call);

// Everything that Restore checks of an archive, for all of its qubes, and nothing is made, locked
// or changed.
[[nodiscard]] Reply verify_backup(Call& call);

} // namespace qmgmt
