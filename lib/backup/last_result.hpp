// SPDX-License-Identifier: GPL-2.0-or-later
//
// How the last backup by a profile went, and which qubes the archives of that profile hold:
// /var/lib/qubes-mgmt/backup/<id>.last, replaced as a whole.
#pragma once

#include "backup/profile/profile_id.hpp"

#include <cstdint>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qmgmt {

// A qube that a complete archive of the profile holds.
struct ArchivedLast {
    std::string uuid;
    std::string name;     // then
    std::time_t time = 0; // when the latest of those archives was begun
    bool tagged = false;  // the tag of the profile alone had selected it
};

struct LastResult {
    std::time_t start = 0;
    std::time_t end = 0;
    std::string result; // "ok", or the token of what went wrong
    // Of the archive, where there is one:
    std::string name;
    std::uint64_t bytes = 0;
    std::string sha256;
    // Also of the backups before: one that failed takes none away.
    std::vector<ArchivedLast> qubes;

    // Nothing when there was no backup by this profile, or what is there makes no sense.
    static std::optional<LastResult> load(const ProfileId& id);
    // Survives the machine. Throws Error{failed}, Error{resources}.
    void save(const ProfileId& id) const;

    [[nodiscard]] const ArchivedLast* find(std::string_view uuid) const;
};

} // namespace qmgmt
