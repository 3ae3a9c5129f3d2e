// SPDX-License-Identifier: GPL-2.0-or-later
//
// How many calls of one qube may run at once (protocol.md 6.2): a file a caller below the runtime
// directory, a locked byte of it a call.
#pragma once

#include <string>

namespace qmgmt {

inline constexpr int calls_at_once = 32;

// Takes a slot of the calling qube until this process ends. Throws Error{busy} when all are taken.
// Advisory: where the file cannot be opened the call goes on.
void take_caller_slot(const std::string& caller);

inline constexpr int streams_at_once = 64;
inline constexpr int streams_of_a_qube = 8;

// The same for a stream of events: so many of one qube, so many of all qubes together. dom0 may
// have as many as all of them besides.
void take_stream_slot(const std::string& caller);

} // namespace qmgmt
