// SPDX-License-Identifier: GPL-2.0-or-later
//
// Set and Reset of a property: what its row demands of the value, what must not run meanwhile, and
// what else changes with it (store.md 3.3 to 3.7). What can be refused is refused before anything
// is written.
#pragma once

#include "call/edit.hpp"
#include "life/power_state.hpp"
#include "store/effective.hpp"
#include "store/property_table.hpp"

#include <optional>
#include <string>

namespace qmgmt {

// The row of the property for this qube. Throws Error{no_such_property}.
[[nodiscard]] const PropertyRow& property_row(const Store& store, const Qube& qube,
                                              std::string_view untrusted_name);
[[nodiscard]] const PropertyRow& global_row(const Store& store, std::string_view untrusted_name);

// What a request about a property needs, by its name: few of them ask the hypervisor, or look into
// a pool. For CallSpec::needs_of.
[[nodiscard]] unsigned needs_to_read_property(const Request& request);
[[nodiscard]] unsigned needs_to_change_property(const Request& request);

// Sets (`value` is the canonical stored text) or resets (no value) a property of the call's
// destination.
[[nodiscard]] Reply change_property(Call& call, const PropertyRow& row,
                                    std::optional<std::string> value);

// The same for a property of the system.
[[nodiscard]] Reply change_global(Call& call, const PropertyRow& row,
                                  std::optional<std::string> value);

} // namespace qmgmt
