// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "hypervisor/hypervisor.hpp"

namespace qmgmt {

// libvirt, asked over its socket (hypervisor/lvrpc) as long as that is enough; the library is
// loaded for everything else, and when the socket's answer is not as expected.
[[nodiscard]] std::unique_ptr<Hypervisor> connect_socket_first(const HypervisorConfig& config);

} // namespace qmgmt
