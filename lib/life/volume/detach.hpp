// SPDX-License-Identifier: GPL-2.0-or-later
//
// The end of what attach.hpp begins, in the same order of locks. The disk goes first, then the
// volume is free, committed where it was written to, then the store forgets it; cut off in between,
// the same call again goes on.
#pragma once

#include "call/call.hpp"

namespace qmgmt {

// Throws Error{volume_not_found} for what is not attached, Error{denied} for callers other than
// dom0, Error{bad_value} for a system volume, Error{timeout} for a guest that does not let go:
// nothing changed then.
void detach_volume(Call& call);

} // namespace qmgmt
