// SPDX-License-Identifier: GPL-2.0-or-later
//
// The daemon of a libvirt session is started by the first client that asks for it, and inherits
// what that client is confined to; it would hand that on to every machine it runs. So it is started
// before a call gives up its rights, by a child that has them all.
#pragma once

#include "hypervisor/hypervisor.hpp"

namespace qmgmt {

// Makes sure, where the connection is a session, that its daemon listens. One that cannot be
// started is no error here: whoever connects will say so. Takes a round trip to a socket where the
// daemon runs already, and at most the time that opening a connection may take otherwise.
void start_session_daemon(const HypervisorConfig& config);

} // namespace qmgmt
