// SPDX-License-Identifier: GPL-2.0-or-later
//
// Removing a qube for good (store.md 8.8).
#pragma once

#include "call/call.hpp"

namespace qmgmt {

// The call's destination. Error{vm_in_use} for dom0, for one that came with a package and for one
// that another needs; Error{not_halted}.
[[nodiscard]] Reply remove_qube(Call& call);

} // namespace qmgmt
