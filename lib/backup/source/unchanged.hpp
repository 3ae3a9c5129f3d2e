// SPDX-License-Identifier: GPL-2.0-or-later
//
// Whether a qube's data is older than an archive that holds it.
#pragma once

#include "store/qube.hpp"

#include <ctime>

namespace qmgmt {

// Its firewall rules were not written since.
[[nodiscard]] bool rules_are_older(const Qube& qube, std::time_t time);

} // namespace qmgmt
