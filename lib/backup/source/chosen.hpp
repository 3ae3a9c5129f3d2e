// SPDX-License-Identifier: GPL-2.0-or-later
//
// What becomes of the selected qubes of which some run (backup.md 3.1, `running`).
#pragma once

#include "backup/profile/selection.hpp"
#include "call/call.hpp"
#include "storage/pool_table.hpp"

#include <string>
#include <vector>

namespace qmgmt {

struct ChosenQube {
    SelectedQube selected;
    bool live = false; // it runs, and is archived as it is now
};

struct Choice {
    std::vector<ChosenQube> qubes; // in the order of the selection
    std::uint64_t usage = 0;       // of their volumes, in bytes
};

// Selects, finds out who runs, cleans up after runs that are over, and checks that each volume is
// there and can be read. What is left out is said with `call.warn`. Reads the store anew. Throws
// BackupError{vm_running_no_snapshots, volume_busy, nothing_selected, read_error}.
[[nodiscard]] Choice choose_qubes(Call& call, const Profile& profile);

} // namespace qmgmt
