// SPDX-License-Identifier: GPL-2.0-or-later
//
// What constraints may ask about a request and the machine, answered by whoever serves the request;
// and whether a condition holds.
#pragma once

#include "policy/constraint/condition.hpp"
#include "policy/constraint/constraint_line.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace qmgmt {

// Nothing means that nobody knows, and what depends on it does not hold.
class ConstraintFacts {
public:
    ConstraintFacts() = default;
    ConstraintFacts(const ConstraintFacts&) = delete;
    ConstraintFacts& operator=(const ConstraintFacts&) = delete;
    virtual ~ConstraintFacts() = default;

    // What the request wants to set, in the form in which it is stored; of a reset what would be in
    // force; empty: none.
    [[nodiscard]] virtual std::optional<std::string> value() = 0;
    // A word KEY=... of the request, or what it comes to where it says none; empty: none.
    [[nodiscard]] virtual std::optional<std::string> field(std::string_view key) = 0;
    // What would be in force without a value of its own, and what is now.
    [[nodiscard]] virtual std::optional<std::string> default_value() = 0;
    [[nodiscard]] virtual std::optional<std::string> current_value() = 0;
    // Who is called so; nobody: PartyKind::none.
    [[nodiscard]] virtual PolicyParty party(std::string_view name) = 0;
    // How many qubes run, or are being started, that `meant` means for this caller, and would with
    // the one that the request is about.
    [[nodiscard]] virtual std::optional<std::uint64_t> running(const ConstraintEnd& meant) = 0;
    // How many qubes the caller has made, and would have.
    [[nodiscard]] virtual std::optional<std::uint64_t> qubes_of_caller() = 0;
};

[[nodiscard]] bool holds(const ConstraintCondition& condition, const Constraint& line,
                         std::string_view argument, std::string_view caller,
                         ConstraintFacts& facts);

} // namespace qmgmt
