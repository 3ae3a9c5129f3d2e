// SPDX-License-Identifier: GPL-2.0-or-later
//
// What qrexec's policy says, read and evaluated by ourselves (protocol.md 4.6): the format of
// R4.1 and later where its directory is there, else the files of older hosts. What cannot be
// understood denies.
#pragma once

#include "policy/party.hpp"
#include "policy/text/rules.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qmgmt {

struct PolicyDecision {
    PolicyAction action = PolicyAction::deny;
    const PolicyRule* rule = nullptr; // that decided; none: no line matches, or all is denied
};

// Of a policy the rules that can match one service and one source, for many questions.
class PolicyView {
public:
    // `argument` without '+'.
    [[nodiscard]] PolicyDecision decide(std::string_view argument,
                                        const PolicyParty& destination) const noexcept;

    // In the order in which they are asked.
    [[nodiscard]] const std::vector<const PolicyRule*>& rules() const noexcept { return rules_; }

private:
    friend class Policy;
    std::vector<const PolicyRule*> rules_;
};

class Policy {
public:
    // Never throws: what goes wrong is a fault, or ignored. All is read; only what is for `service`
    // is kept, unless that is empty.
    [[nodiscard]] static Policy load(const PolicyFiles& files, std::string_view service = {});

    // Why everything is denied.
    [[nodiscard]] const std::optional<PolicyFault>& fault() const noexcept { return fault_; }
    [[nodiscard]] const PolicyRules& rules() const noexcept { return rules_; }

    // The view is of this policy, which must stay where it is.
    [[nodiscard]] PolicyView narrow(std::string_view service, const PolicyParty& source) const;

private:
    PolicyRules rules_;
    std::optional<PolicyFault> fault_;
};

} // namespace qmgmt
