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
// A rule more; the reply is its id. Throws Error{bad_value} for one that has expired already.
[[nodiscard]] Reply insert_rule(Call& call, const RulePlace& place, const Rule& rule);

// The netvm is told once more, so that it looks up the names of hosts again. Throws
// Error{unsupported} where nobody can be told.
void reload_firewall_of_destination(Call& call);

} // namespace qmgmt
