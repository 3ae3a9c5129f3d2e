// SPDX-License-Identifier: GPL-2.0-or-later
//
// The syntax of a value for a property (store.md 3.3): what can be judged without a store. What the
// value names and what depends on it is judged by the semantic step, life/property/rule.
#pragma once

#include "store/dialect.hpp"
#include "store/property_table.hpp"

#include <string>
#include <string_view>

namespace qmgmt {

// The text as it is stored: `True` or `False`, a decimal number, lower case for `mac` and
// `virt_mode`, an IPv6 address in its short form, device interfaces sorted and once each; else as
// given. What it returns it takes again and returns unchanged.
//
// Left to the semantic step: whether the qube, label, pool or kernel exists (all-digit names of
// labels and names of kernels with a slash, too, are only names that nothing has); class, network
// and flags of a qube that is named, dom0 among them; loops; PCI devices; who runs; Reset.
//
// Throws Error{bad_value} for what the type forbids, Error{bad_property_value} for what a rule of
// the property forbids (range, form, computed, write-once, no qube where one is needed), and
// Error{label_not_found} for what cannot be the name of a label. The text repeats nothing of the
// value.
[[nodiscard]] std::string check_syntax(const PropertyRow& row, std::string_view untrusted_value,
                                       Dialect dialect);

} // namespace qmgmt
