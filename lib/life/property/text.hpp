// SPDX-License-Identifier: GPL-2.0-or-later
//
// The three forms in which a property's value is answered; which one, the name of the call decides
// (store.md 5.1).
#pragma once

#include "store/effective.hpp"
#include "store/property_table.hpp"

#include <string>
#include <string_view>

namespace qmgmt {

// `default={yes|no} VALUE`: mgmt.vm.property.Get. The blank stays before an empty value, in all
// three.
[[nodiscard]] std::string plain_text(const PropertyValue& value);
// `default={yes|no} type=TYPE VALUE`: mgmt.property.Get and mgmt.vm.property.GetAll.
[[nodiscard]] std::string typed_text(const PropertyRow& row, const PropertyValue& value);
// `default={True|False} type=TYPE VALUE`: all of admin.*, as upstream's clients compare it.
[[nodiscard]] std::string upstream_text(const PropertyRow& row, const PropertyValue& value);

// A value for a row of its own: `\` becomes `\\`, a line end becomes `\n`.
[[nodiscard]] std::string escape_row(std::string_view text);

} // namespace qmgmt
