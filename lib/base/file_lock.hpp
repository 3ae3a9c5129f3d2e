// SPDX-License-Identifier: GPL-2.0-or-later
//
// An advisory lock on an open file description (OFD). It excludes other OFD locks and classic POSIX
// record locks (fcntl, lockf) on the same file, does not vanish when another descriptor of the file
// is closed, and goes with the process that holds it, however that ends.
#pragma once

#include "base/deadline.hpp"

#include <chrono>

namespace qmgmt {

enum class LockMode { shared, exclusive };

// Locks the whole file. Tries without waiting, then waits in the kernel's queue. Returns false when
// the deadline passed.
[[nodiscard]] bool lock_file(int fd, LockMode mode, Deadline deadline);

// Never waits.
[[nodiscard]] bool try_lock_file(int fd, LockMode mode);

// The other kind of lock, flock(2), exclusive: what programs of the host take on a directory.
// Otherwise as lock_file.
[[nodiscard]] bool flock_file(int fd, Deadline deadline);

// Time this process has spent waiting for locks: for the log record.
[[nodiscard]] std::chrono::microseconds time_waited_for_locks();

} // namespace qmgmt
