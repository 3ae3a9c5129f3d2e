// SPDX-License-Identifier: GPL-2.0-or-later
//
// The disks of all qubes of a backup as they were at one moment: each is exported before the first
// is read (Pool::export_committed), open, and let go of at the end. What is exported is written
// down before (storage/export_journal), so that nothing stays when this process is killed.
#pragma once

#include "backup/profile/profile_id.hpp"
#include "call/call.hpp"
#include "storage/export_journal.hpp"
#include "storage/pool_table.hpp"

#include <cstdint>
#include <ctime>
#include <optional>
#include <string>
#include <vector>

namespace qmgmt {

// The state of one volume, for reading.
struct KeptVolume {
    std::string role;
    Fd content;
    std::uint64_t size = 0;  // bytes
    std::uint64_t usage = 0; // of the pool; what is shared counts in full
    bool live = false;       // of a qube that runs
    // When it was last written to, where the disk says so.
    std::optional<std::time_t> written = std::nullopt;
};

// Which volumes of a qube are archived: those that keep data of its own.
[[nodiscard]] std::vector<Volume> volumes_to_keep(Call& call, const Qube& qube, PoolTable& pools);

class PointInTime {
public:
    // `call` outlives this. `id`: of the backup, whose lock this process holds.
    PointInTime(Call& call, const ProfileId& id);
    PointInTime(const PointInTime&) = delete;
    PointInTime& operator=(const PointInTime&) = delete;
    // As `drop`; what cannot be dropped now is left for the next backup, and the log says so.
    ~PointInTime();

    // All volumes of the qube at once, in the order of the store. `live`: as the qube has them now,
    // if it runs. Throws BackupError{vm_running_no_snapshots, volume_busy, no_space, read_error}.
    [[nodiscard]] std::vector<KeptVolume> keep(const Qube& qube, bool live);
    // After everything that was kept is closed.
    void drop() noexcept;

private:
    [[nodiscard]] KeptVolume keep(const Qube& qube, const Volume& volume, bool live);

    Call& call_;
    std::string key_;
    PoolTable pools_;
    std::optional<ExportJournal> journal_;
};

// Drops what backups that were killed have left, as far as it can be dropped now.
void drop_abandoned_exports(Call& call);

} // namespace qmgmt
