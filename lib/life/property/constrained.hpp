// SPDX-License-Identifier: GPL-2.0-or-later
//
// What constraints may ask about Set and Reset of a property: a Reset is the Set of its default.
#pragma once

#include "call/constrained.hpp"
#include "store/effective.hpp"
#include "store/property_table.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace qmgmt {

// Of the call's destination. `value`: the stored text; nothing: Reset. `row` outlives the call.
[[nodiscard]] std::unique_ptr<ConstrainedChange>
constrained_property(Call& call, const PropertyRow& row, std::optional<std::string> value);

// Of the system.
[[nodiscard]] std::unique_ptr<ConstrainedChange>
constrained_global(Call& call, const PropertyRow& row, std::optional<std::string> value);

} // namespace qmgmt
