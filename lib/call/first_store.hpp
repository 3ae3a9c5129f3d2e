// SPDX-License-Identifier: GPL-2.0-or-later
//
// The first store of a machine: the eight labels, the pools `varlibqubes` and `linux-kernel`, dom0.
#pragma once

#include "rpc/request.hpp"

namespace qmgmt {

// Makes the directories that are not there and the store. Throws Error{in_use} when there is a
// store: it is never replaced.
void make_first_store();

} // namespace qmgmt
