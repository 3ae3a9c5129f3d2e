// SPDX-License-Identifier: GPL-2.0-or-later
//
// Who makes a backup by a profile, or restores one, holds a lock as long as that lasts. It is one
// of POSIX, not of the open file: so the kernel says whose it is (F_GETLK), and nobody has to
// believe a number that somebody wrote down. Such a lock goes as soon as the process closes any
// descriptor of that file: a process takes each at most once, and asks who owns none that it holds.
#pragma once

#include "backup/profile/profile_id.hpp"
#include "base/fd.hpp"

#include <optional>
#include <string>
#include <sys/types.h>

namespace qmgmt {

class RunLock {
public:
    // Throws BackupError{already_running} when another process holds it.
    static RunLock of_profile(const ProfileId& id);
    static RunLock of_restore(); // one on this host

    // Nothing when another process holds it: for who clears up after the dead.
    static std::optional<RunLock> try_profile(const ProfileId& id);

private:
    explicit RunLock(Fd file) : file_{std::move(file)} {}
    static std::optional<RunLock> take(const std::string& name);

    Fd file_;
};

// The process that makes a backup by this profile.
[[nodiscard]] std::optional<pid_t> backup_owner(const ProfileId& id);

} // namespace qmgmt
