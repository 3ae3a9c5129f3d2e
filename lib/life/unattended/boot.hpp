// SPDX-License-Identifier: GPL-2.0-or-later
//
// After a boot of the host: what no daemon saw to when it went down.
#pragma once

#include "call/call.hpp"

#include <string>
#include <vector>

namespace qmgmt {

// What went wrong with one qube; the others were seen to.
struct BootFailure {
    std::string qube; // its name, or the uuid of one that the store does not know
    std::string text;
};

// Settles every qube that has a run record and does not run, whichever boot the record is of; then
// removes the disposables that are to go when they stop and do not run. What others work on is left
// to them.
[[nodiscard]] std::vector<BootFailure> clean_up_after_boot(Call& call);

} // namespace qmgmt
