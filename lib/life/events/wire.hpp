// SPDX-License-Identifier: GPL-2.0-or-later
//
// An event on its way to who listens (protocol.md 2.3, 3.1).
#pragma once

#include "state/journal.hpp"

#include <string>

namespace qmgmt {

// "SUBJECT EVENT KEY=VALUE ...\n"; no subject is "-". What is not printable ASCII, blanks and '%'
// are encoded as "%XX".
[[nodiscard]] std::string event_line(const Event& event);
// "1\0" SUBJECT "\0" EVENT "\0" (KEY "\0" VALUE "\0")* "\0"
[[nodiscard]] std::string event_frame(const Event& event);

// What a policy takes for the argument of the call that would ask for this event: its name,
// everything that qrexec lets nobody ask for replaced by '_'.
[[nodiscard]] std::string event_argument(std::string_view name);

} // namespace qmgmt
