// SPDX-License-Identifier: GPL-2.0-or-later
//
// What pools and streams fail with, in the words of backups.
#pragma once

#include "backup/fault.hpp"

namespace qmgmt {

// A full pool and a signal to stop are faults of a backup; all else is told as it is.
template<typename Work>
auto told_as_backup(Work work)
{
    try {
        return work();
    } catch (const BackupError&) {
        throw;
    } catch (const Error& error) {
        if (error.type() == failure::no_space)
            throw BackupError{BackupFault::no_space, error.text(), error.detail()};
        if (error.kind() == Failure::cancelled)
            throw BackupError{BackupFault::cancelled, "the call was told to stop", error.detail()};
        throw;
    }
}

} // namespace qmgmt
