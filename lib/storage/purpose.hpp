// SPDX-License-Identifier: GPL-2.0-or-later
//
// How the texts of errors about a volume begin.
#pragma once

#include "storage/volume.hpp"

#include <string>
#include <string_view>

namespace qmgmt {

// "cannot start 'pool:vid'".
[[nodiscard]] inline std::string cannot(std::string_view verb, const Volume& volume)
{
    return "cannot " + std::string{verb} + " '" + volume.pool + ":" + volume.vid + "'";
}

} // namespace qmgmt
