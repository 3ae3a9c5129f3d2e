// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a qube has on disk besides its volumes.
#pragma once

#include "store/qube.hpp"

#include <string>

namespace qmgmt {

// Its directory: /var/lib/qubes/<directory of its class>/<name>, below the root in force.
[[nodiscard]] std::string qube_directory(const Qube& qube);

} // namespace qmgmt
