// SPDX-License-Identifier: GPL-2.0-or-later
//
// One line of a policy that decides. Views into the texts that were read.
#pragma once

#include "policy/text/token.hpp"

#include <optional>
#include <string_view>

namespace qmgmt {

enum class PolicyAction { deny, allow, ask };

struct PolicyRule {
    std::string_view service;  // empty: each
    std::string_view argument; // without '+'
    bool any_argument = false; // then `argument` is empty
    PolicyToken source;
    PolicyToken destination;
    PolicyAction action = PolicyAction::deny;
    std::optional<PolicyToken> target;         // of allow and ask: where the call goes instead
    std::optional<PolicyToken> default_target; // of ask: what is offered first
    std::string_view user;                     // empty: whoever is usual
    std::optional<bool> notify;
    std::optional<bool> autostart; // of the destination
    std::size_t file = 0;          // its number
    unsigned line = 0;             // in that file, from 1
    std::string_view text;         // as it stands there; empty: stands for a line that is wrong
};

} // namespace qmgmt
