// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a call says about itself: to a person (--help) and to generators (--describe).
#pragma once

#include "rpc/shell.h"

#include <string>

namespace qmgmt::local {

[[nodiscard]] std::string help(const qmgmt_shell_spec& spec);
// One JSON object.
[[nodiscard]] std::string describe(const qmgmt_shell_spec& spec);

} // namespace qmgmt::local
