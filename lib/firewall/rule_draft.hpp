// SPDX-License-Identifier: GPL-2.0-or-later
//
// A rule in the making: options come one by one, from a line or from a file, and what depends on
// others is judged when all are there.
#pragma once

#include "firewall/rule.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace qmgmt {

class RuleDraft {
public:
    // What is wrong is remembered, the first of it: `fault` says what.
    void set(std::string_view untrusted_key, std::string_view untrusted_value);
    // All options of one line.
    void set_line(std::string_view untrusted_line);

    // The rule; nothing when there is a fault.
    [[nodiscard]] std::optional<Rule> finish();
    // The option that is wrong, of words of ours; empty when none is.
    [[nodiscard]] std::string_view fault() const { return fault_; }

private:
    void refuse(std::string_view key);
    [[nodiscard]] bool read(std::string_view key, std::string_view value);
    [[nodiscard]] bool read_action(std::string_view value);
    [[nodiscard]] bool read_expire(std::string_view value);
    [[nodiscard]] bool read_destination(std::string_view value, bool host_allowed);
    [[nodiscard]] bool read_protocol(std::string_view value);
    [[nodiscard]] bool read_ports(std::string_view value);
    [[nodiscard]] bool read_comment(std::string_view value);

    Rule rule_{RuleAction::drop};
    unsigned seen_ = 0; // bits, one an option
    std::string_view fault_;
};

} // namespace qmgmt
