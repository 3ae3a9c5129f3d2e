// SPDX-License-Identifier: GPL-2.0-or-later
//
// Cleaning up after a qube that has stopped, however it did: no daemon saw it. Repeatable at every
// step; a crash in the middle leaves the run record, and the next one goes on (hypervisor.md c.1).
#pragma once

#include "call/call.hpp"
#include "hypervisor/hypervisor.hpp"

namespace qmgmt {

// The caller holds the qube's lock. Does nothing while the qube runs; a domain that a dead Start
// left paused is destroyed first. A disposable that cleans up after itself is gone afterwards: the
// store is to be asked anew.
void settle(Call& call, const Qube& qube);

// Settles, and says in which state the qube is then: halted is always settled, even when it stops
// while it is looked at.
[[nodiscard]] PowerState settled_state(Call& call, const Qube& qube);

// Commits or discards what a crash of the host left started, of which nobody has a record, and
// removes what work that was cut off left beside it. The caller holds the qube's lock and has found
// it halted.
void settle_volumes(Call& call, const Qube& qube);
// Whether that would do anything. Asks the disks alone: it is so while the qube runs, too.
[[nodiscard]] bool has_unsettled_volumes(Call& call, const Qube& qube);

// Removes a halted disposable that is to go when it stops; nothing for other qubes. The caller
// holds its lock. Failure is logged: it is tried again at the next boot.
void discard_disposable(Call& call, const Qube& qube);

// Takes the lock if nobody holds it, and settles what has stopped: for calls that need the qube
// halted and would find what its last run left. Never waits.
void settle_if_free(Call& call, const Qube& qube);

} // namespace qmgmt
