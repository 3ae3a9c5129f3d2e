// SPDX-License-Identifier: GPL-2.0-or-later
//
// Everything that is wrong with the store, each with its line.
#pragma once

#include <string>
#include <vector>

namespace qmgmt {

struct CheckFinding {
    std::size_t line;    // of qubes.xml; 0: not in it
    std::string subject; // "store", "qube 'work'", "label 'teal'", "intent 'news'"
    std::string text;
};

// Reads, never writes. A store that cannot be read at all is one finding.
[[nodiscard]] std::vector<CheckFinding> check_store();

} // namespace qmgmt
