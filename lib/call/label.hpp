// SPDX-License-Identifier: GPL-2.0-or-later
//
// Labels: 1 to 8 are built in, others come behind them and are never numbered below 9.
#pragma once

#include "store/store.hpp"

#include <string_view>

namespace qmgmt {

inline constexpr int last_built_in_label = 8;

// Throws Error{invalid_label} or Error{label_not_found}.
[[nodiscard]] const StoredLabel& find_label(const Store& store, std::string_view untrusted_name);
// One more than the highest, at least 9.
[[nodiscard]] int free_label_index(const Store& store);
[[nodiscard]] bool label_is_used(const Store& store, const StoredLabel& label);

} // namespace qmgmt
