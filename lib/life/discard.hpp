// SPDX-License-Identifier: GPL-2.0-or-later
//
// A qube leaves for good: out of the store, then off the disks (store.md 8.8). A crash before the
// store is written leaves the qube as it was, one after it leaves an intent that the next changing
// call finishes.
#pragma once

#include "call/call.hpp"

#include <functional>

namespace qmgmt {

// Throws Error{vm_in_use} when another qube, a global property or a device assignment names it.
void check_not_in_use(Call& call, const Store& store, const Qube& qube);

// The caller holds the qube's lock and has found it halted. That nobody uses it is asked again
// under the store's lock. `edit` opens that edit: Call::edit, or Call::edit_again for work whose
// permission step was another's. With --dry-run the reply says what would be written.
Reply discard_qube(Call& call, const Qube& qube, const std::function<Edit()>& edit);

} // namespace qmgmt
