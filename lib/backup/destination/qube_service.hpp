// SPDX-License-Identifier: GPL-2.0-or-later
//
// A service that dom0 has a qube do, fed and read as it goes on: as the qube's ordinary user,
// through qrexec-client, which the call's helper starts and kills when the call goes.
#pragma once

#include "backup/fault.hpp"
#include "backup/passphrase.hpp"
#include "base/deadline.hpp"
#include "base/piped_program.hpp"
#include "base/stop_signals.hpp"
#include "call/call.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace qmgmt {

// The qube exists and runs afterwards; a halted one is started by the call for that, if `start`.
// Throws BackupError{missing} for one that does not exist, BackupError{failed} when it cannot run,
// BackupError{cancelled} when a stop signal comes.
struct QubeFaults {
    BackupFault missing;
    BackupFault failed;
};
void have_qube_run(Call& call, const std::string& qube, bool start, QubeFaults faults,
                   const StopSignals& stop);

class QubeService {
public:
    // "qubes.Backup", "qubes.BackupPassphrase+nightly". What it says on standard output goes to
    // `answer`, or nowhere. Throws BackupError{failed}, Error{failed}.
    QubeService(std::string qube, const std::string& service, BackupFault failed,
                const StopSignals& stop, Secret* answer = nullptr);

    // Throws BackupError{failed} when the service ends or does not read any more, or has read
    // nothing for so long (0: it may wait), BackupError{cancelled} when a stop signal comes.
    void write(std::string_view bytes, std::chrono::milliseconds longest_stall);
    // The end of its input, and success. Throws as `write` does.
    void finish(std::optional<Deadline> deadline);
    // It said more than `answer` has room for.
    [[nodiscard]] bool said_too_much() const noexcept { return too_much_; }

private:
    enum class Turn { writable, ended, late };

    Turn wait(bool to_write, std::optional<Deadline> deadline);
    void read_output();
    void read_errors();
    [[noreturn]] void fail(const std::string& how);
    [[noreturn]] void fail_with_its_end();

    std::string qube_;
    BackupFault failed_;
    const StopSignals& stop_;
    Secret* answer_;
    Secret thrown_away_;
    std::string said_; // on standard error, untrusted
    bool too_much_ = false;
    PipedProgram program_;
};

} // namespace qmgmt
