// SPDX-License-Identifier: GPL-2.0-or-later
//
// Which qubes a profile means (backup.md 3.1, 4.6): those of `include` and those with the tag
// `backup-<id>`, without those of `exclude`.
#pragma once

#include "backup/profile/profile.hpp"
#include "store/effective.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace qmgmt {

struct SelectedQube {
    const Qube* qube = nullptr; // of the store that was asked
    std::uint32_t qid = 0;
    std::string by;      // "name", "@tag:red", "@type:AppVM", "tag" or "default"
    bool tagged = false; // has the tag of the profile
};

struct Selection {
    std::vector<SelectedQube> qubes;   // by qid, dom0 last
    std::vector<std::string> warnings; // each ends in ", ignoring"
};

// `store` outlives what is returned. Throws BackupError{config_invalid} for an included name that
// no qube has, or one of a class that is never archived, BackupError{nothing_selected},
// Error{store} for a selected qube that cannot be used.
[[nodiscard]] Selection select_qubes(const Store& store, LiveValues& live, const Profile& profile);

} // namespace qmgmt
