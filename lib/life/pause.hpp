// SPDX-License-Identifier: GPL-2.0-or-later
//
// Holding a qube's processors still, and letting them go on.
#pragma once

#include "call/call.hpp"

namespace qmgmt {

// Both are about the call's destination, wait at most five seconds for whoever works on it, and
// succeed when the qube is already as asked for.

// Error{not_running} unless it runs.
void pause_qube(Call& call);

// Error{not_paused} unless it is paused. A netvm that was chosen meanwhile is given to it now.
void unpause_qube(Call& call);

} // namespace qmgmt
