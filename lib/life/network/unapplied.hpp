// SPDX-License-Identifier: GPL-2.0-or-later
//
// Qubes whose netvm may have older firewall rules than the store: /run/qubes-mgmt/unapplied/<qube>,
// an empty file each. Noted before the netvm is told and forgotten when it was, so that a failure
// is not the end of it: qubes-mgmt-expire tells it again.
#pragma once

#include <string>
#include <vector>

namespace qmgmt::unapplied {

void note(const std::string& qube);
void forget(const std::string& qube);
// Sorted.
[[nodiscard]] std::vector<std::string> all();

} // namespace qmgmt::unapplied
