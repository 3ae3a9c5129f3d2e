// SPDX-License-Identifier: GPL-2.0-or-later
//
// What `qubes-mgmt-dispatch` does, which systemd starts for each connection to the sockets that
// today's tools know: read who asks for what, and become the call that answers.
#pragma once

#include <span>
#include <string_view>

namespace qmgmt::rpc {

// The main of that program; standard input and output are the connection. `methods` are the names
// of calls that stand beside the program, and may be asked for; those that begin with `internal.`
// only by root and the group `qubes`. The call runs as whoever has connected, sees what qrexec
// would tell it, and nothing of this process's environment. A header that is none, or that speaks
// for another qube without being root's, is not answered; a name that is none of them is, by an
// exception. Returns an exit code when there is nothing to become.
int run_dispatcher(std::span<const std::string_view> methods);

} // namespace qmgmt::rpc
