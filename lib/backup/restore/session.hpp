// SPDX-License-Identifier: GPL-2.0-or-later
//
// What Restore and Verify have in common: the profile, the options before the archive, the
// passphrase, and the archive as far as its list of qubes.
#pragma once

#include "backup/archive/archive_reader.hpp"
#include "backup/fault.hpp"
#include "backup/profile/profile.hpp"
#include "backup/progress.hpp"
#include "backup/restore/metadata/metadata.hpp"
#include "backup/restore/report.hpp"
#include "backup/restore/request.hpp"
#include "backup/restore/restore_input.hpp"
#include "backup/run_lock.hpp"
#include "base/stop_signals.hpp"
#include "call/call.hpp"
#include "storage/stream/input.hpp"

#include <memory>
#include <optional>
#include <string>

namespace qmgmt {

class RestoreSession {
public:
    // Takes the lock of restores. Throws what is wrong with profile and options.
    explicit RestoreSession(Call& call);

    [[nodiscard]] const Profile& profile() const noexcept { return profile_; }
    [[nodiscard]] const RestoreRequest& request() const noexcept { return request_; }
    [[nodiscard]] BackupProgress& progress() noexcept { return progress_; }

    // Obtains the passphrase, and reads the archive up to its list of qubes. Throws what is wrong
    // with them.
    void open();
    [[nodiscard]] const BackupMetadata& metadata() const noexcept { return metadata_; }
    [[nodiscard]] ArchiveReader& archive() noexcept { return *archive_; }
    [[nodiscard]] const BackupHeader& header() const noexcept { return archive_->header(); }

    [[nodiscard]] const StopSignals& signals() const noexcept { return signals_; }
    // Throws BackupError{cancelled} when a signal has come.
    void check_signals() const;
    // Without rows.
    [[nodiscard]] RestoreReport report() const;

private:
    void limit_archive();

    Call& call_;
    Profile profile_;
    RunLock lock_;
    StopSignals signals_;
    StreamInput stream_;
    RestoreInput input_;
    RestoreRequest request_;
    BackupProgress progress_;
    std::optional<Passphrase> passphrase_;
    std::unique_ptr<ArchiveReader> archive_;
    BackupMetadata metadata_;
};

// Of a fault in the archive whether it is one of the qube whose file is read, and of no other.
[[nodiscard]] bool concerns_one_qube(BackupFault fault) noexcept;

} // namespace qmgmt
