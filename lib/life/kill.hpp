// SPDX-License-Identifier: GPL-2.0-or-later
//
// Pulling the plug.
#pragma once

#include "call/call.hpp"

namespace qmgmt {

// Destroys the domain of the call's destination without waiting for anybody's lock, waits until it
// is gone, then cleans up. Halted already is success.
void kill_qube(Call& call);

} // namespace qmgmt
