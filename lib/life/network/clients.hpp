// SPDX-License-Identifier: GPL-2.0-or-later
//
// Who gets its network from a qube.
#pragma once

#include "store/effective.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace qmgmt {

// The qubes whose netvm, by choice or by default, is `netvm`; sorted by name.
[[nodiscard]] std::vector<std::string> clients_of(const Store& store, Effective& effective,
                                                  std::string_view netvm);

} // namespace qmgmt
