// SPDX-License-Identifier: GPL-2.0-or-later
//
// What each answer about domains has in common: how it names one, and which states it may have.
#pragma once

#include "hypervisor/hypervisor.hpp"
#include "hypervisor/lvrpc/xdr.hpp"

#include <vector>

namespace qmgmt::lvrpc {

// What every domain takes: an empty name, uuid, id.
inline constexpr std::size_t least_domain = 4 + 16 + 4;

// Name, uuid and id; the reader fails over what libvirt lets nobody have. Its state is not in it.
[[nodiscard]] DomainStatus read_domain(XdrReader& reader);

// By libvirt's numbers. False for a state that a domain of its id cannot be in: what is not active
// is shut off.
[[nodiscard]] bool set_state(DomainStatus& domain, int state, int reason);

// Whether two have the same uuid.
[[nodiscard]] bool has_duplicates(const std::vector<DomainStatus>& domains);

} // namespace qmgmt::lvrpc
