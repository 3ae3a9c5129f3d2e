// SPDX-License-Identifier: GPL-2.0-or-later
//
// Finishing what others began and did not live to finish: their intents, and nobody's lock.
#pragma once

#include "call/call.hpp"
#include "call/intent.hpp"

#include <string>

namespace qmgmt {

// The intent of one qube whose lock the caller holds.
void reconcile_own_intent(Call& call, const std::string& qube);

// Every intent whose owner no longer holds its qube's lock. What cannot be finished is logged and
// left for the next call. Cheap when there is none.
void reconcile_intents(Call& call);

// Takes what the intent names from the disk: the store has no such qube (any more). What is not
// there is success; a failure is thrown after all was tried.
void take_from_disk(const Store& store, const Intent& intent);

} // namespace qmgmt
