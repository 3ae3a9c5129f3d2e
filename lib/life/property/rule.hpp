// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a value must satisfy beyond its syntax: that what it names exists and is of the right kind,
// and that nothing depends on the old value. Asked under the store's lock.
#pragma once

#include "life/power_state.hpp"
#include "store/effective.hpp"
#include "store/property_table.hpp"

#include <optional>
#include <string>
#include <vector>

namespace qmgmt {

// Who runs, as far as a rule asks for it; made before the lock is taken.
struct Running {
    std::optional<PowerStates> states;   // nothing: the rule does not ask
    std::optional<int> plugged_domain{}; // of the qube whose maxmem it is (memory_limit)

    [[nodiscard]] bool active(const Qube& qube) const;
};

// Whether the row's rule asks who runs.
[[nodiscard]] bool asks_who_runs(const PropertyRow& row);

class PropertyRules {
public:
    PropertyRules(const Store& store, Effective& effective, const Running& running)
        : store_{store}, effective_{effective}, running_{running}
    {
    }

    // Throws what the row demands of a Set; `value` is the canonical text.
    void check_set(const Qube& qube, const PropertyRow& row, const std::string& value);
    void check_reset(const Qube& qube, const PropertyRow& row);
    void check_global(const PropertyRow& row, const std::string& value);

    // The qubes that take the netvm of the system; sorted.
    [[nodiscard]] std::vector<std::string> netvm_by_default() const;

private:
    [[nodiscard]] const Qube* named(const PropertyRow& row, const std::string& value) const;
    void check_netvm(const Qube& qube, const PropertyRow& row, const std::string& value);
    void check_template(const Qube& qube, const PropertyRow& row, const std::string& value);
    void check_kernel(const PropertyRow& row, const std::string& value) const;
    void check_not_needed_as_netvm(const Qube& qube);
    void check_not_needed_for_dispvms(const Qube& qube);
    void check_memory_limit(const Qube& qube, const std::string& value);
    [[nodiscard]] bool is_default_dispvm(const Qube& candidate, const PropertyRow& row);

    const Store& store_;
    Effective& effective_;
    const Running& running_;
};

} // namespace qmgmt
