// SPDX-License-Identifier: GPL-2.0-or-later
//
// The locks of one volume (storage.md 8.1, design.md 12): after the lock of its qube, before the
// one of the pool.
#pragma once

#include "state/named_lock.hpp"
#include "storage/volume_state.hpp"

#include <string>
#include <string_view>

namespace qmgmt {

// Held by whoever changes the volume, for the whole length of the work.
[[nodiscard]] inline std::string volume_lock(std::string_view pool, std::string_view vid)
{
    return "vol/" + volume_lock_name(pool, vid);
}

// For drivers that need several commands to exchange the committed state: exclusive around those,
// shared where another volume is made from it.
[[nodiscard]] inline std::string commit_lock(std::string_view pool, std::string_view vid)
{
    return volume_lock(pool, vid) + ".commit";
}

} // namespace qmgmt
