// SPDX-License-Identifier: GPL-2.0-or-later
//
// The constraints of this machine, asked about one call.
#pragma once

#include "call/constrained.hpp"
#include "policy/constraint/constraints.hpp"

#include <memory>
#include <optional>

namespace qmgmt {

class CallConstraints {
public:
    explicit CallConstraints(Call& call);

    // What the call wants to change; until then it is what its request says.
    void describe(std::unique_ptr<ConstrainedChange> change) { change_ = std::move(change); }

    struct Judgement {
        const Constraint* line = nullptr; // that decides; none: no line is about the call
        std::string refusal;              // empty: it is not refused
    };
    // For a qube also whether the constraints can be relied on, and whether it would have made too
    // many qubes.
    [[nodiscard]] Judgement judge(const Store& store);

    // Throws Error{denied} when a call that changes something is refused. The log hears why.
    void check(const Store& store);

    // Read when first asked for, once a call.
    [[nodiscard]] const Constraints& all();

private:
    Call& call_;
    std::unique_ptr<ConstrainedChange> change_;
    std::optional<Constraints> all_;
};

} // namespace qmgmt
