// SPDX-License-Identifier: GPL-2.0-or-later
//
// One line of constraints: which requests it is about, and what it says of them (protocol.md 5.1).
//   CALL ARGUMENT SOURCE DEST VERDICT
#pragma once

#include "policy/constraint/condition.hpp"
#include "policy/text/token.hpp"

#include <span>
#include <string_view>
#include <vector>

namespace qmgmt {

// Who stands at one end of a call.
struct ConstraintEnd {
    bool is_other_end = false; // @self: the same as at the other one
    PolicyToken token = {};    // otherwise
};

// All views are those of the text it was parsed from.
struct Constraint {
    std::string_view call;     // a pattern
    std::string_view argument; // a pattern
    bool no_argument = false;  // -
    ConstraintEnd source;
    ConstraintEnd destination;
    enum class Verdict { allow, deny, conditions } verdict = Verdict::deny;
    std::vector<ConstraintCondition> conditions = {}; // all of them must hold
    std::string_view text = {};                       // of the whole line
    std::size_t file = 0;                             // of those that were loaded
    unsigned line = 0;
};

// Throws ConstraintSyntax.
[[nodiscard]] Constraint parse_constraint(std::span<const ConstraintWord> words);

// Whether this end of the line means the party, when `other` stands at the other end. dom0 is meant
// by its name, by @adminvm and by *; a qube that is not there by * and @anyvm alone.
[[nodiscard]] bool means(const ConstraintEnd& end, const PolicyParty& party,
                         const PolicyParty& other) noexcept;

} // namespace qmgmt
