// SPDX-License-Identifier: GPL-2.0-or-later
//
// The syntax of a value for a property (store.md 3.3): what can be judged without a store. What the
// value names and what depends on it is judged by the semantic step, life/property_rule.
#pragma once

#include "store/dialect.hpp"
#include "store/property_table.hpp"

#include <string>
#include <string_view>

namespace qmgmt {

// The text as it is stored: `True`, a decimal number, lower-cased where the property wants it.
// Throws Error{bad_value} or, where the property itself is to blame, Error{bad_property_value};
// Error{label_not_found} for what cannot be the name of a label.
[[nodiscard]] std::string check_syntax(const PropertyRow& row, std::string_view untrusted_value,
                                       Dialect dialect);

} // namespace qmgmt
