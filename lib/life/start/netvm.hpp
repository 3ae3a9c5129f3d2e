// SPDX-License-Identifier: GPL-2.0-or-later
//
// The netvm that a qube needs before it can start.
#pragma once

#include "call/call.hpp"
#include "state/named_lock.hpp"

#include <functional>

namespace qmgmt {

// Returns the shared lock of a netvm that runs: as long as it is held, no Shutdown of the netvm
// finds that nobody needs it. `start` starts one that does not, and returns its lock; its error
// goes on as one that names the netvm, the last of a chain of them.
[[nodiscard]] NamedLock running_netvm(Call& call, const std::string& netvm,
                                      const std::function<NamedLock()>& start);

} // namespace qmgmt
