// SPDX-License-Identifier: GPL-2.0-or-later
//
// Cleaning up after a qube that has stopped, however it did: no daemon saw it. Repeatable at every
// step; a crash in the middle leaves the run record, and the next one goes on (hypervisor.md c.1).
#pragma once

#include "call/call.hpp"
#include "storage/volume.hpp"

#include <string>
#include <vector>

namespace qmgmt {

// The caller holds the qube's lock. Does nothing while the qube runs; a domain that a dead Start
// left paused is destroyed first.
void settle(Call& call, const Qube& qube);

// Commits or discards the volumes named; a failure is thrown after all were tried.
void stop_volumes(const Store& store, const std::vector<Volume>& volumes);

// The volumes of a qube, as its class and volume-config say.
[[nodiscard]] std::vector<Volume> volumes_of(Call& call, const Qube& qube);

} // namespace qmgmt
