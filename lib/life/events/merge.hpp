// SPDX-License-Identifier: GPL-2.0-or-later
//
// Events of two sources that came together, as one sequence.
#pragma once

#include "state/journal.hpp"

#include <vector>

namespace qmgmt {

// What the journal has and what the hypervisor told, each in its order. A qube's domain-spawn
// stands behind its domain-pre-start and before the domain-start that follows, its domain-stopped
// before its domain-shutdown; what has no such place comes last.
[[nodiscard]] std::vector<Event> merge_events(std::vector<Event> journal,
                                              std::vector<Event> hypervisor);

} // namespace qmgmt
