// SPDX-License-Identifier: GPL-2.0-or-later
//
// What dom0's administrator forbids of what policy allows (protocol.md 5.1): the first line that
// is about a request decides it; where none is, nothing is forbidden.
#pragma once

#include "policy/constraint/constraint_line.hpp"
#include "policy/constraint/facts.hpp"
#include "policy/constraint/files.hpp"
#include "policy/text/rules.hpp"

#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace qmgmt {

struct ConstrainedRequest {
    std::string_view call; // as called: "mgmt.vm.tag.Set", "admin.vm.tag.Set", "policy.Replace"
    std::string_view argument;
    PolicyParty source;
    PolicyParty destination;
};

struct ConstraintDecision {
    bool allowed = true;
    const Constraint* line = nullptr; // that decided; none: no line is about the request
    // Of that line, the condition that does not hold.
    const ConstraintCondition* broken = nullptr;
};

class Constraints {
public:
    Constraints() = default; // none
    Constraints(const Constraints&) = delete;
    Constraints& operator=(const Constraints&) = delete;
    Constraints(Constraints&&) = default;
    Constraints& operator=(Constraints&&) = default;

    // Never throws for what stands in them: every fault is kept, with the lines that have none.
    [[nodiscard]] static Constraints parse(std::vector<ConstraintText> texts);

    [[nodiscard]] bool empty() const noexcept { return lines_.empty() && faults_.empty(); }
    // While there is one, nobody but dom0 may change anything: asked by who asks `decide`.
    [[nodiscard]] const std::vector<PolicyFault>& faults() const noexcept { return faults_; }
    [[nodiscard]] const std::vector<Constraint>& lines() const noexcept { return lines_; }
    // "FILE:LINE"
    [[nodiscard]] std::string where(const Constraint& line) const;
    // Whether a line is about what dom0 itself asks.
    [[nodiscard]] bool bind_dom0() const noexcept;

    // dom0 is judged by the lines of those files alone that say `include-dom0`. Asks the facts for
    // no more than the line that decides wants to know; what they throw goes through.
    [[nodiscard]] ConstraintDecision decide(const ConstrainedRequest& request,
                                            ConstraintFacts& facts) const;

private:
    void parse_file(std::size_t number);
    void fault(std::size_t file, unsigned line, std::string text);

    struct File {
        ConstraintText text;
        bool includes_dom0 = false;
    };

    std::deque<File> files_; // the lines are views of their texts
    std::vector<Constraint> lines_;
    std::vector<PolicyFault> faults_;
};

// The same call by its mgmt.* name: "mgmt.vm.tag.Set" of "admin.vm.tag.Set".
[[nodiscard]] std::string mgmt_name(std::string_view called_as);

} // namespace qmgmt
