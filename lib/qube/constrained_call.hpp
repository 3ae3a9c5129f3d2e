// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a call would want to change that is only asked about, as it would tell its constraints
// itself.
#pragma once

#include "call/constrained.hpp"

#include <memory>

namespace qmgmt {

// `call` has the name, argument, payload and destination of the one that is asked about. What fails
// the check of its own is taken as the request says it.
[[nodiscard]] std::unique_ptr<ConstrainedChange> constrained_call(Call& call);

} // namespace qmgmt
