// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "hypervisor/hypervisor.hpp"
#include "hypervisor/libxl/border.h"

#include <functional>

namespace qmgmt {

// What a call that changes something takes a qube for. libvirt carries out a change from what it
// believes itself, so its word counts; but it learns of an end later than Xen, and of what others
// started never:
//   - what libvirt has, and Xen has not, or has shut down, is dying: whoever was told by Xen that
//     it is halted, and starts it, is to wait, not to be told that it runs;
//   - what others paused is paused, and `resume` lifts that, too (see below);
//   - what Xen runs, and libvirt does not, is as Xen says: it must not be started a second time.
[[nodiscard]] DomainStatus agreed(const DomainStatus& libvirt, const DomainStatus& xen);

// Xen, asked itself (hypervisor/libxl) who runs and what that uses: by a call that only reads,
// alone; by one that changes something, besides libvirt (see above). All else, and all when Xen's
// answer is not as expected, is the business of what `connect` gives: libvirt. But for pauses: it
// takes back its own alone, so `resume` has Xen take back what is left. And for disks of other
// qubes: hypervisor/libxl_disks.
[[nodiscard]] std::unique_ptr<Hypervisor>
connect_libxl_first(const HypervisorConfig& config, std::function<const qmgmt_xen&()> load,
                    std::function<std::unique_ptr<Hypervisor>(const HypervisorConfig&)> connect);

} // namespace qmgmt
