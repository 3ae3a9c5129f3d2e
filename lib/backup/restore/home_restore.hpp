// SPDX-License-Identifier: GPL-2.0-or-later
//
// The home of dom0's user on its way back: unpacked by qubes-mgmt-home, as that user, into a new
// directory of that home, which gets its name last (backup.md 4.3.7). What was begun goes when the
// object goes; what a killed restore has left goes with the next.
#pragma once

#include "backup/archive/byte_stream.hpp"
#include "backup/restore/metadata/metadata.hpp"
#include "base/account.hpp"
#include "base/piped_program.hpp"
#include "base/stop_signals.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace qmgmt {

class HomeRestore : public ByteSink {
public:
    // `stop` outlives this. Throws BackupError{bad_request} when the home is another user's and
    // that was not asked for, BackupError{dom0_home_unsafe} where dom0 has no such user.
    HomeRestore(const ArchivedHome& archived, bool any_user, const StopSignals& stop);
    ~HomeRestore() override;

    // The name it will have in the home: "home-restore-2026-01-01T000000".
    [[nodiscard]] const std::string& name() const noexcept { return name_; }

    // The tar. Throws BackupError{dom0_home_unsafe, no_space, cancelled}.
    void write(std::string_view bytes) override;
    // All of it has come, and is there.
    void finish();
    // It gets its name. Throws BackupError{dom0_home_unsafe} when that cannot be.
    void place();

private:
    void await_room();
    void end();
    void clear() const;

    const StopSignals& stop_;
    Account user_;
    std::string name_;
    std::optional<PipedProgram> program_;
    bool placed_ = false;
};

} // namespace qmgmt
