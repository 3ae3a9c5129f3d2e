// SPDX-License-Identifier: GPL-2.0-or-later
//
// The permission step of a change: between the syntax of what is asked and the existence of what it
// names, so that a caller who is refused learns nothing (store.md 10.3). The built-in rules stand
// here, those of dom0's administrator in constraints (protocol.md 5.1); policy has had its say
// already.
#pragma once

#include "call/call.hpp"

namespace qmgmt {

// Throws Error{denied} when a built-in rule or a constraint forbids the request, Error{not_found}
// for a caller that the store does not know.
void check_permission(Call& call);

// For a call that has failed: throws Error{denied} when it had not come to its permission step, and
// the constraints would have refused it there.
void deny_if_constrained(Call& call);

} // namespace qmgmt
