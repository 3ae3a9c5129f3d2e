// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a rule is called: a counter that its list gives once, and the beginning of the hash of its
// text, "12.3f9a1c07". So a name never means another rule than the one it was given for
// (firewall-devices.md 1.2).
#pragma once

#include "firewall/rule.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace qmgmt {

class RuleId {
public:
    RuleId(std::uint64_t counter, const Rule& rule);
    // Nothing for what cannot be one.
    static std::optional<RuleId> parse(std::string_view untrusted_text);

    [[nodiscard]] std::uint64_t counter() const { return counter_; }
    [[nodiscard]] std::string text() const;

    friend bool operator==(const RuleId&, const RuleId&) = default;

private:
    RuleId(std::uint64_t counter, std::string hash) : counter_{counter}, hash_{std::move(hash)} {}

    std::uint64_t counter_;
    std::string hash_; // 8 hex digits
};

} // namespace qmgmt
