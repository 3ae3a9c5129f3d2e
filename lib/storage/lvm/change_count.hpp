// SPDX-License-Identifier: GPL-2.0-or-later
//
// How many changes our programs have made to a pool since the machine started: whoever has read the
// list of its volumes learns that it is old. A number in a file of the runtime directory, odd while
// a change is under way.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace qmgmt::lvm {

// Nothing while a change is under way, or after one that never came to its end: a list read now
// serves for the moment only.
[[nodiscard]] std::optional<std::uint64_t> change_count(const std::string& pool);

// Around a change. The caller holds the lock of the pool.
void begin_change(const std::string& pool);
void end_change(const std::string& pool);

} // namespace qmgmt::lvm
