// SPDX-License-Identifier: GPL-2.0-or-later
//
// An archive that a qube stores: its service qubes.Backup reads a line, where to, and then the
// archive to its end. Only its exit status says that it has it (backup.md 3.3).
#pragma once

#include "backup/archive/digest.hpp"
#include "backup/destination/archive_destination.hpp"
#include "backup/destination/qube_service.hpp"

#include <optional>

namespace qmgmt {

class ArchiveStream : public ArchiveDestination {
public:
    // The qube runs afterwards. Throws what have_qube_run does.
    ArchiveStream(Call& call, const Profile& profile, const StopSignals& stop);

    void check_room(std::uint64_t) override {} // nobody here knows
    void begin(std::time_t time) override;
    void write(std::string_view bytes) override;
    [[nodiscard]] StoredArchive finish() override;

private:
    const Profile& profile_;
    const StopSignals& stop_;
    std::optional<QubeService> service_;
    Digest digest_; // of the archive
};

} // namespace qmgmt
