// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "hypervisor/hypervisor.hpp"
#include "hypervisor/libxl/border.h"

#include <functional>

namespace qmgmt {

// Xen, asked itself (hypervisor/libxl) who runs and what that uses, by a call that only reads; all
// else, and that too when Xen's answer is not as expected, is the business of what `connect` gives,
// which is libvirt. A call that changes something asks libvirt alone: the two learn of a start or a
// stop at different moments, and libvirt carries out a change only from what it believes itself.
[[nodiscard]] std::unique_ptr<Hypervisor>
connect_libxl_first(const HypervisorConfig& config, std::function<const qmgmt_xen&()> load,
                    std::function<std::unique_ptr<Hypervisor>(const HypervisorConfig&)> connect);

} // namespace qmgmt
