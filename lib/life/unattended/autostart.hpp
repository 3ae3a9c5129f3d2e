// SPDX-License-Identifier: GPL-2.0-or-later
//
// Starting what the host shall start by itself: the qubes whose `autostart` is True.
#pragma once

#include "call/call.hpp"
#include "life/unattended/boot.hpp"

#include <vector>

namespace qmgmt {

// Starts them with the Start program beside this one, at most two at a time; a qube waits for the
// netvms above it that start as well. A failure stops nothing else; one that runs already is none.
[[nodiscard]] std::vector<BootFailure> autostart_qubes(Call& call);

} // namespace qmgmt
