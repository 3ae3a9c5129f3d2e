// SPDX-License-Identifier: GPL-2.0-or-later
//
// Firewall rules whose time is over: a netvm goes on applying what it was told.
#pragma once

#include "call/call.hpp"
#include "life/unattended/boot.hpp"

#include <vector>

namespace qmgmt {

// Drops them from the files of all qubes and tells the netvms; tells them again, too, where that
// has failed before. Asks neither lock nor hypervisor when there is nothing to do. A failure with
// one qube stops nothing else.
[[nodiscard]] std::vector<BootFailure> expire_firewall_rules(Call& call);

} // namespace qmgmt
