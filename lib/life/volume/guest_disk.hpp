// SPDX-License-Identifier: GPL-2.0-or-later
//
// A disk that grew under a running guest (storage.md 5).
#pragma once

#include "call/call.hpp"
#include "storage/volume.hpp"

#include <string>

namespace qmgmt {

// Tells the hypervisor, and has the guest enlarge what is on the disk: service qubes.ResizeDisk,
// where this host has qrexec. Throws Error{storage} when the guest did not: the disk stays grown.
void tell_of_growth(Call& call, const Qube& qube, const Volume& volume, const std::string& path,
                    std::uint64_t size);

} // namespace qmgmt
