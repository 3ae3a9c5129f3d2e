// SPDX-License-Identifier: GPL-2.0-or-later
//
// Where a new archive goes: a file in dom0, or the service qubes.Backup of a qube (backup.md 3.3).
// Until `finish` returns there is no archive: what was begun goes when the object goes.
#pragma once

#include "backup/archive/byte_stream.hpp"
#include "backup/profile/profile.hpp"
#include "base/stop_signals.hpp"
#include "call/call.hpp"

#include <cstdint>
#include <ctime>
#include <memory>
#include <string>

namespace qmgmt {

struct StoredArchive {
    std::string name;   // of the file in dom0, without its directory; empty where a qube has it
    std::string sha256; // of all of it, 64 lower case hex digits
};

class ArchiveDestination : public ByteSink {
public:
    // Throws unless so many bytes of disks, in use now, may be archived there. Says with
    // `call.warn` what may go wrong later. Throws BackupError{no_space}.
    virtual void check_room(std::uint64_t usage) = 0;
    // Ready for `write`. Once. Throws BackupError{destination_missing, destination_failed}.
    virtual void begin(std::time_t time) = 0;
    // Besides what it throws: BackupError{cancelled} when a stop signal has come, also while it
    // waits; BackupError{no_space, destination_failed}.
    void write(std::string_view bytes) override = 0;
    // All is there and durable and has its name. A file in dom0 has been read back where the
    // profile wants it, and is what was written. Throws as `write` does.
    [[nodiscard]] virtual StoredArchive finish() = 0;
};

// Checks what can be checked before there is a passphrase, and starts the destination qube if it
// must. `call`, `profile` and `stop` outlive what is returned. Throws
// BackupError{destination_missing, destination_failed, cancelled}.
[[nodiscard]] std::unique_ptr<ArchiveDestination>
prepare_destination(Call& call, const Profile& profile, const StopSignals& stop);

// For `CallSpec::new_place` of a call that has a profile's name as its argument: where its archive
// goes in dom0; empty: to a qube, or the call will say what is wrong.
[[nodiscard]] std::string destination_place(const Request& request);

} // namespace qmgmt
