// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "hypervisor/hypervisor.hpp"

namespace qmgmt {

// `config.connection` is a libvirt URI.
[[nodiscard]] std::unique_ptr<Hypervisor> connect_libvirt(const HypervisorConfig& config);

} // namespace qmgmt
