// SPDX-License-Identifier: GPL-2.0-or-later
//
// The firewall rules of a qube where they hold: in its netvm, which is told of them for the real
// addresses of the qube, also of one that sees others. Whoever reads the rules and tells the netvm
// holds the lock `push/<qube>` meanwhile, so that what was told last was read last; nobody waits
// for another lock with it.
#pragma once

#include "call/call.hpp"

#include <string>

namespace qmgmt {

// The last thing that a call does which has changed the rules. Its netvm is told if the qube runs,
// or is being started, and that runs, too. What keeps the rules from it fails no call: a warning
// beside the reply, and the reason in the log. `reply` is what the call answers, also should the
// hypervisor hang.
void apply_firewall(Call& call, const Qube& qube, const Reply& reply = {});

// The same, but it throws what goes wrong; Error{unsupported} where nobody can be told.
void reload_firewall(Call& call, const Qube& qube);

// Before the qube has an interface to its netvm, which runs. Throws Error{failed} when the rules do
// not reach it, or says so in the log where `firewall-required = no`. That nobody can be told
// matters only where the qube gets an interface.
void push_firewall(Call& call, const Qube& qube);

// The qube is no client of `netvm` any more; empty: of none. What fails is logged.
void withdraw_firewall(Call& call, const Qube& qube, const std::string& netvm) noexcept;

} // namespace qmgmt
