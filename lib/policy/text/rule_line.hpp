// SPDX-License-Identifier: GPL-2.0-or-later
//
// The lines of both formats of a policy (protocol.md 4.1, 4.2). What they throw is a
// PolicySyntax, whose text says what is wrong with the line.
#pragma once

#include "policy/text/rule.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace qmgmt {

struct PolicySyntax {
    std::string text;
};

// Service and argument of a rule, or of `!include-service`.
struct PolicyMatch {
    std::string_view service; // empty: each
    std::string_view argument;
    bool any_argument = false;
};

// The words of a line: blanks and tabs stand between them.
[[nodiscard]] std::vector<std::string_view> words_of(std::string_view line);
// "*" or a name of a service; "*", "+" or "+argument". Each service has each argument.
[[nodiscard]] PolicyMatch parse_match(std::string_view service, std::string_view argument);

// "SERVICE ARGUMENT SOURCE DESTINATION ACTION [key=value ...]"
[[nodiscard]] PolicyRule parse_rule(const std::vector<std::string_view>& words);
// "SOURCE DESTINATION ACTION[,key=value ...]", as old files have it and those of
// `!include-service`; what it is for is `match`.
[[nodiscard]] PolicyRule parse_short_rule(std::string_view line, const PolicyMatch& match);

} // namespace qmgmt
