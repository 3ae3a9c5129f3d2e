// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a reference of a restored qube leads to: one that is really restored with it, under its new
// name, else a qube of the host (backup.md 4.3.1).
#pragma once

#include "backup/restore/plan/plan.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qmgmt {

struct RestoreTarget {
    std::string name; // here
    unsigned klass = 0;
    bool provides_network = false;
    bool for_dispvms = false;
    bool failed = false; // it was to be restored, and is not whole
};

class RestoreTargets {
public:
    // Both outlive this; the plan may change meanwhile.
    RestoreTargets(const Store& store, const std::vector<PlannedQube>& planned)
        : store_{store}, planned_{planned}
    {
    }

    // `name`: in the backup.
    [[nodiscard]] std::optional<RestoreTarget> find(std::string_view name) const;

private:
    const Store& store_;
    const std::vector<PlannedQube>& planned_;
};

} // namespace qmgmt
