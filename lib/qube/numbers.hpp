// SPDX-License-Identifier: GPL-2.0-or-later
//
// The numbers of new qubes (store.md 8.3). Under the store's lock they are the new qube's alone.
#pragma once

#include "store/store.hpp"

namespace qmgmt {

// The smallest number from 1 that no qube has. Throws Error{failed} when all are taken.
[[nodiscard]] unsigned free_qid(const Store& store);

// A random number that no disposable has, 0 to 9999. Throws Error{failed} when a hundred were
// taken.
[[nodiscard]] unsigned free_dispid(const Store& store);
[[nodiscard]] bool has_dispid(const Store& store, unsigned dispid);

} // namespace qmgmt
