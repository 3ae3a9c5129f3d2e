// SPDX-License-Identifier: GPL-2.0-or-later
//
// Asking a qube to stop (hypervisor.md c.3).
#pragma once

#include "call/call.hpp"

#include <string_view>

namespace qmgmt {

struct ShutdownWish {
    bool force = false; // clients do not matter; a qube that cannot hear it is destroyed
    bool wait = false;  // until it has stopped, at most its shutdown_timeout

    // The argument of the call: empty, `force`, `wait` or `force+wait`. Throws Error{protocol}.
    static ShutdownWish parse(std::string_view untrusted);
};

// Asks the call's destination. Success says that it was asked, or is off already; with `wait`, that
// it is off and cleaned up. Error{not_running}, Error{vm_in_use} naming who uses it,
// Error{shutdown_timeout}: it still runs.
void shutdown_qube(Call& call, ShutdownWish wish);

} // namespace qmgmt
