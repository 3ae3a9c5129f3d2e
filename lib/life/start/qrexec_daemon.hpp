// SPDX-License-Identifier: GPL-2.0-or-later
//
// The daemon in dom0 through which programs are run in a qube, and a qube asks for services. Key
// `qrexec` of mgmt.conf:
//   auto       on Xen, where it is installed
//   required   always
//   off        never
#pragma once

#include "call/call.hpp"

namespace qmgmt {

// Starts it for a qube whose domain runs, under that id, and waits until the qube's agent has
// answered; not for a qube without one, of which the feature qrexec tells. Before it one for the
// stub domain, where that has an agent. They outlive us, and end with their domain. Throws
// Error{failed}, Error{timeout}, and Error{unsupported} for a required one that is not installed.
void start_qrexec_daemon(Call& call, const Qube& qube, int id);

} // namespace qmgmt
