// SPDX-License-Identifier: GPL-2.0-or-later
//
// The body of mgmt.Events: events as they happen, to standard output, for as long as somebody
// reads.
#pragma once

#include "call/call.hpp"

namespace qmgmt {

// Returns when the reader has gone, the time that --timeout gave is over, or a signal says so; with
// Error{busy}, as a reply, when events are lost: he does not read, or they never came. Throws what
// stands in the way of the beginning.
[[nodiscard]] Reply stream_events(Call& call);

} // namespace qmgmt
