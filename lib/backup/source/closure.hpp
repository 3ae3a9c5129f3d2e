// SPDX-License-Identifier: GPL-2.0-or-later
//
// Whom a set of qubes names: what a reader of their properties, devices and volumes has to know of.
#pragma once

#include "store/store.hpp"

#include <set>
#include <string>

namespace qmgmt {

using QubeNames = std::set<std::string, std::less<>>;

// The value of a stored property as readers of all generations take it: a qube by its name, where a
// store says "domain-7", a label by its name.
[[nodiscard]] std::string plain_value(const Store& store, const Qube& qube, std::string_view name,
                                      std::string_view stored);

// `names` and, of the qubes that the store has, those that their properties of type qube and their
// devices name, and the templates of all of these.
[[nodiscard]] QubeNames with_references(const Store& store, const QubeNames& names);

} // namespace qmgmt
