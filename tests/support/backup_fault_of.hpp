// SPDX-License-Identifier: GPL-2.0-or-later
//
// What is wrong with a backup, as a piece of code finds it.
#pragma once

#include "backup/fault.hpp"

#include <optional>

namespace qmgmt::test {

template<typename Body>
std::optional<BackupFault> backup_fault_of(Body&& body)
{
    try {
        body();
    } catch (const BackupError& error) {
        return error.fault();
    }
    return std::nullopt;
}

} // namespace qmgmt::test
