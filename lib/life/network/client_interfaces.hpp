// SPDX-License-Identifier: GPL-2.0-or-later
//
// The interfaces of a netvm's clients: a client that runs without its netvm keeps running, and gets
// its network back when that one starts again. Paused clients are left alone: their interfaces
// cannot be changed. What fails is logged.
#pragma once

#include "call/call.hpp"

namespace qmgmt {

// The netvm has started: it is told of their rules first. Nothing for a qube that provides no
// network.
void connect_clients(Call& call, const Qube& netvm);

// The netvm has stopped. Nothing for a qube that provides no network.
void disconnect_clients(Call& call, const Qube& netvm);

} // namespace qmgmt
