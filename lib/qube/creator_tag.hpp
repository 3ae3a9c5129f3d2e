// SPDX-License-Identifier: GPL-2.0-or-later
//
// The tag `created-by-<qube>` outlives the qube, and grants its rights to whoever gets the name
// next (store.md 7).
#pragma once

#include "store/store.hpp"

#include <string>
#include <string_view>

namespace qmgmt {

// The other qubes that have it, with a blank before each.
[[nodiscard]] std::string made_by(const Store& store, std::string_view qube);

} // namespace qmgmt
