// SPDX-License-Identifier: GPL-2.0-or-later
//
// A volume made ready and plugged into a running qube, and the way back. The caller holds the locks
// of the qube and of the volume, and has found that it may be.
#pragma once

#include "call/call.hpp"
#include "storage/attachment.hpp"
#include "storage/pool.hpp"

#include <string>

namespace qmgmt {

// `role`: its entry in the store, or empty; `target`: what the qube is to see it as, or empty. When
// it throws, the qube does not have the volume and the volume is as it was: Error{volume_in_use}
// for a target that is taken, Error{resources} when there is none left.
Attachment plug_volume(Call& call, Pool& pool, const Volume& volume, const std::string& role,
                       const std::string& target);

// Throws Error{timeout} for a guest that does not let go: it has the volume, and nothing changed.
void unplug_volume(Call& call, const Attachment& one);

} // namespace qmgmt
