// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the caller of a restore is told: written when its input has been read, so that one who
// only then begins to listen is not waited for (backup.md 4.3.4). All of it was checked before.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace qmgmt {

struct RestoreReport {
    struct Row {
        std::string name;   // in the backup
        std::string as;     // here; empty: the same
        std::string result; // restored, verified, skipped, failed
        std::string reason; // a token
        std::vector<std::string> notes;
    };

    std::string backup_id;
    std::uint64_t bytes = 0; // of the archive that have been read
    bool manifest = false;
    std::vector<Row> rows;

    [[nodiscard]] bool has_failed() const;
    // `whole`: nothing ended it early.
    [[nodiscard]] std::string text(bool whole) const;
};

} // namespace qmgmt
