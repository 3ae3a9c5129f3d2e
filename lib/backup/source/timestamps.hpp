// SPDX-License-Identifier: GPL-2.0-or-later
//
// When qubes were archived, as the store has it.
#pragma once

#include "backup/last_result.hpp"
#include "call/call.hpp"

#include <ctime>
#include <vector>

namespace qmgmt {

// Sets `backup_timestamp` of all in one change of the store; those that are gone by now, or are
// others of the same name, are left alone. Throws BackupError{timestamp_not_saved}.
void save_timestamps(Call& call, const std::vector<ArchivedLast>& archived, std::time_t time);

} // namespace qmgmt
