// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "store/effective.hpp"

namespace qmgmt {

// Features that are switches: one that is present and not empty is on, its template's counts where
// it has none.
[[nodiscard]] inline bool has_feature(Effective& effective, const Qube& qube, std::string_view name)
{
    return !effective.feature_with_template(qube, name).value_or("").empty();
}

} // namespace qmgmt
