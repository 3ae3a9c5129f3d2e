// SPDX-License-Identifier: GPL-2.0-or-later
//
// What else changes in the store with a property: tags that follow it, volumes of a new template,
// the clock's feature.
#pragma once

#include "call/edit.hpp"
#include "store/effective.hpp"
#include "store/property_table.hpp"

#include <string>
#include <string_view>

namespace qmgmt {

// The feature of the qube that keeps the time.
inline constexpr std::string_view clock_feature = "service.clocksync";

// Called after the value was set or reset, in the same edit; `old_text` and `new_text` are the
// effective wire values.
void apply_effect(Call& call, Edit& edit, const PropertyRow& row, const std::string& qube,
                  const std::string& old_text, const std::string& new_text);

} // namespace qmgmt
