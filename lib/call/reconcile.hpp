// SPDX-License-Identifier: GPL-2.0-or-later
//
// Work with several durable steps writes an intent first: what will be made, so that whoever finds
// it without an owner can finish or undo it. Intents stand in /var/lib/qubes-mgmt/intent, one a
// qube, guarded by the lock of that qube.
#pragma once

#include "call/call.hpp"
#include "storage/volume.hpp"

#include <string>
#include <vector>

namespace qmgmt {

// What a creation is about to make.
struct CreateIntent {
    std::string qube;
    std::string uuid; // to tell our qube from another of its name
    std::string call;
    std::string directory; // of the qube, below /var/lib/qubes; empty when it was there before
    std::vector<Volume> volumes;
};

// Durable when it returns.
void write_intent(const CreateIntent& intent);
void drop_intent(const std::string& qube);

// The same for one qube whose lock the caller holds.
void reconcile_own_intent(Call& call, const std::string& qube);

// Undoes or finishes every intent whose owner no longer holds its qube's lock. What cannot be
// undone is logged and left for the next call. Cheap when there is none.
void reconcile_intents(Call& call);

} // namespace qmgmt
