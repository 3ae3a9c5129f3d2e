// SPDX-License-Identifier: GPL-2.0-or-later
//
// All rules of a host, in the order in which they are asked (protocol.md 4.1, 4.2), and the texts
// they are views of.
#pragma once

#include "policy/files.hpp"
#include "policy/text/rule.hpp"

#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace qmgmt {

// What is wrong with a policy, and where. Of a file as a whole: line 0.
struct PolicyFault {
    std::string file;
    unsigned line = 0;
    std::string text;

    // "FILE:LINE: TEXT"
    [[nodiscard]] std::string where() const;
};

struct PolicyRules {
    std::vector<PolicyRule> rules;
    std::vector<std::string> files;   // by number, in the order in which they were begun
    std::vector<PolicyFault> ignored; // files of older hosts whose services are denied for it
    std::deque<std::string> texts;
};

// Every `*.policy` of both directories, with what they include. Throws PolicyFault: then nothing of
// it counts. Rules for other services than `service` are not kept, unless it is empty.
[[nodiscard]] PolicyRules read_policy(const PolicyFiles& files, std::string_view service = {});

// The files of an older host, one for a service or for one with an argument; only those of
// `service`, unless it is empty. A file that cannot be understood denies what it is for.
[[nodiscard]] PolicyRules read_old_policy(const PolicyFiles& files, std::string_view service = {});

} // namespace qmgmt
