// SPDX-License-Identifier: GPL-2.0-or-later
//
// Settling as the worker of libvirt's hook and the boot do it: of a qube they know the uuid alone.
// A uuid that the store does not know loses its run record.
#pragma once

#include "call/call.hpp"
#include "names/uuid.hpp"

namespace qmgmt {

// For a qube whose end has just been announced: waits until the hypervisor has let go of it and for
// its lock, then cleans up. A qube that runs on is left alone.
void settle_by_uuid(Call& call, const Uuid& uuid);

// Never waits for the end of anything: what runs, or somebody works on, is left alone.
void settle_by_uuid_if_free(Call& call, const Uuid& uuid);

// What a Start of the qube that ran out of time has left is destroyed, then it is settled. A qube
// whose Start came to its end after all runs on.
void abort_start(Call& call, const Uuid& uuid);

} // namespace qmgmt
