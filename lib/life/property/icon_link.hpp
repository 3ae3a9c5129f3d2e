// SPDX-License-Identifier: GPL-2.0-or-later
//
// The link icon.png in a qube's directory, which the tools of releases up to 4.0 show.
#pragma once

#include "call/call.hpp"

namespace qmgmt {

// Points it to the qube's present icon; only in dialect r40, and where the qube has a directory.
// Failure is logged.
void update_icon_link(Call& call, const std::string& qube) noexcept;

} // namespace qmgmt
