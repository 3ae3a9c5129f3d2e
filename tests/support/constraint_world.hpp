// SPDX-License-Identifier: GPL-2.0-or-later
//
// Constraints that stand in a test, and a host that says what they ask.
#pragma once

#include "policy/constraint/constraints.hpp"
#include "support/policy_world.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace qmgmt::test {

struct KnownFacts final : ConstraintFacts {
    std::optional<std::string> wanted;
    std::map<std::string, std::string, std::less<>> fields;
    std::optional<std::string> usual;
    std::optional<std::string> present;
    std::vector<PolicyParty> qubes;
    std::vector<PolicyParty> running_qubes; // with the one that is asked about
    bool knows_who_runs = true;
    std::uint64_t made = 0;
    unsigned asked = 0; // how often anything was

    std::optional<std::string> value() override
    {
        ++asked;
        return wanted;
    }
    std::optional<std::string> field(std::string_view key) override
    {
        ++asked;
        const auto found = fields.find(key);
        return found == fields.end() ? "" : found->second;
    }
    std::optional<std::string> default_value() override
    {
        ++asked;
        return usual;
    }
    std::optional<std::string> current_value() override
    {
        ++asked;
        return present;
    }
    PolicyParty party(std::string_view name) override
    {
        ++asked;
        const auto found = std::ranges::find_if(
            qubes, [&](const PolicyParty& one) { return one.qube.name == name; });
        return found == qubes.end() ? PolicyParty{} : *found;
    }
    std::optional<std::uint64_t> running(const ConstraintEnd& meant) override
    {
        ++asked;
        if (!knows_who_runs)
            return std::nullopt;
        return static_cast<std::uint64_t>(
            std::ranges::count_if(running_qubes, [&](const PolicyParty& one) {
                return means(meant, one, qube("mgmtvm"));
            }));
    }
    std::optional<std::uint64_t> qubes_of_caller() override
    {
        ++asked;
        return made;
    }
};

inline Constraints constraints(const std::string& text)
{
    return Constraints::parse({{"/etc/qubes/mgmt-constraints.d/10-test.conf", text}});
}

} // namespace qmgmt::test
