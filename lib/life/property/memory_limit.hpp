// SPDX-License-Identifier: GPL-2.0-or-later
//
// maxmem of a qube that runs: where memory is plugged in, its domain may be given more, or less,
// without a new start (hypervisor.md f).
#pragma once

#include "call/call.hpp"

#include <optional>
#include <string>

namespace qmgmt {

// The hypervisor's id of a qube that runs with memory that is plugged in. When that cannot be found
// out, nothing, and a line in the log.
[[nodiscard]] std::optional<int> plugged_domain(Call& call, const Qube& qube);

// maxmem was set or reset: that domain may have what the store, asked anew, says now. Failures are
// logged.
void follow_with_memory_limit(Call& call, const std::string& qube, int domain);

} // namespace qmgmt
