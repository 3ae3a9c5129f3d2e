// SPDX-License-Identifier: GPL-2.0-or-later
//
// Starting a qube: a list of steps, each with its undo (hypervisor.md c.2).
#pragma once

#include "call/call.hpp"

namespace qmgmt {

// Starts the call's destination, the netvms it needs first. Running already is success; any other
// state than halted is Error{not_halted}.
void start_qube(Call& call);

} // namespace qmgmt
