// SPDX-License-Identifier: GPL-2.0-or-later
//
// The output of qubes.GetAppmenus as it comes from a qube, which may have to start first.
#pragma once

#include "base/deadline.hpp"
#include "desktop/application.hpp"

#include <functional>
#include <vector>

namespace qmgmt {

// Reads the descriptor to its end. `deadline` is asked before each wait. Throws Error{timeout} when
// it passes without a byte, Error{failed} when reading fails, and what AppmenusReader::add throws.
[[nodiscard]] std::vector<Application> read_appmenus(int fd,
                                                     const std::function<Deadline()>& deadline);

} // namespace qmgmt
