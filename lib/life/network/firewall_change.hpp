// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the calls do to the firewall of their destination: it is stored first, then the netvm is
// told. A netvm that cannot be told does not make the change undone.
#pragma once

#include "call/firewall.hpp"

namespace qmgmt {

// With --dry-run the reply is what would be stored. Throws what `change` does: nothing is changed
// then.
[[nodiscard]] Reply change_firewall(Call& call, const FirewallChange& change);

} // namespace qmgmt
