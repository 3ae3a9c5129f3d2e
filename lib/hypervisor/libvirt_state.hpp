// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "hypervisor/hypervisor.hpp"

namespace qmgmt {

// The state by libvirt's number of it, virDomainState (hypervisor.md d), before any refinement.
[[nodiscard]] constexpr PowerState state_of_libvirt(bool active, int state)
{
    if (!active)
        return PowerState::halted;
    switch (state) {
    case 3: return PowerState::paused;
    case 4: return PowerState::halting;
    case 5: return PowerState::dying;
    case 6: return PowerState::crashed;
    case 7: return PowerState::suspended;
    default: return PowerState::running;
    }
}

} // namespace qmgmt
