// SPDX-License-Identifier: GPL-2.0-or-later
//
// What of this host a plan asks for besides the store.
#pragma once

#include "backup/restore/plan/plan.hpp"
#include "call/call.hpp"

namespace qmgmt {

// `call` outlives what is returned.
[[nodiscard]] RestoreHost restore_host(Call& call);

} // namespace qmgmt
