// SPDX-License-Identifier: GPL-2.0-or-later
//
// A volume for a qube besides its own: while it runs, with `persistent` whenever it runs
// (firewall-devices.md 3). Read-only it gets the committed state as it is now, which stays so,
// whatever becomes of the volume; to write, the volume is its alone, and committed when it is
// detached or the qube stops.
//
// Locks: of the destination, waited for; then the one of the volume, held until all is done. The
// qube whose own the volume is may work meanwhile: what it does with the volume, it does under the
// volume's lock. What its last run left is cleaned up before, if nobody holds its lock.
//
// Killed at any point, the record of the attachment (storage/attachment) is found by the next call
// that wants the volume, by the next one about the destination, or when that stops: the destination
// has the disk and the record stands, or has it not and the volume is free again. With `persistent`
// the store may have the entry by then: the same call again plugs what is not plugged.
#pragma once

#include "call/call.hpp"

namespace qmgmt {

// `domain-volume-attach` says volume (the entry in the store, else what the qube sees it as), pool
// and vid. What is so already is success.
void attach_volume(Call& call);

} // namespace qmgmt
