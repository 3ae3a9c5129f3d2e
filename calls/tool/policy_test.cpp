// SPDX-License-Identifier: GPL-2.0-or-later
//
// qubes-mgmt-policy-test SOURCE CALL[+ARGUMENT] DESTINATION: whether qrexec's policy allows the
// call, and which line of which file says so. Nothing is called. Succeeds when the call is allowed
// without a question.
// The destination is as a caller names it: a qube, dom0, @default, @dispvm, @dispvm:NAME.

#include "base/ascii.hpp"
#include "base/error.hpp"
#include "call/call.hpp"
#include "policy/policy.hpp"
#include "policy/stored_party.hpp"
#include "policy/text/rule_line.hpp"

#include <algorithm>
#include <string>

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "qubes-mgmt-policy-test",
    .summary = "Say what qrexec's policy decides, and by which line",
    .destination = Destination::none,
    .returns = "<decision> <file>:<line>: <text>\n",
    .scope = Scope::global,
    .needs = needs_store | needs_policy,
    .admin = false,
    .words = "source call destination",
};

static PolicyMatch asked_call(const std::string& word)
{
    const auto plus = std::min(word.find('+'), word.size());
    try {
        const PolicyMatch asked = parse_match(
            word.substr(0, plus), plus == word.size() ? "+" : std::string_view{word}.substr(plus));
        if (!asked.service.empty() && !asked.any_argument)
            return {std::string_view{word}.substr(0, plus),
                    std::string_view{word}.substr(std::min(plus + 1, word.size()))};
    } catch (const PolicySyntax& wrong) {
        throw Error{failure::protocol, wrong.text};
    }
    throw Error{failure::protocol, "the call is to be one: CALL or CALL+ARGUMENT"};
}

static PolicyParty asked_source(const Index& index, const std::string& word)
{
    const auto party = destination_party(index, word);
    if (!party)
        throw Error{failure::protocol, "the source is to be one qube"};
    if (party->kind != PartyKind::qube && party->kind != PartyKind::admin)
        throw Error{failure::vm_not_found, "the source does not exist"};
    return *party;
}

static std::string refusal(const Policy& policy, const PolicyDecision& decision,
                           const PolicyParty& destination)
{
    if (policy.fault())
        return "denied, because the policy is wrong: " + printable(policy.fault()->where(), 400);
    if (decision.rule == nullptr)
        return "denied, because no line is about it";
    if (decision.action == PolicyAction::ask)
        return "the user would be asked";
    if (decision.action == PolicyAction::deny)
        return "denied";
    if (destination.kind == PartyKind::none && !decision.rule->target)
        return "denied, because the line does not say which qube is meant";
    return "";
}

static std::string_view word_of(PolicyAction action)
{
    switch (action) {
    case PolicyAction::deny: return "deny";
    case PolicyAction::allow: return "allow";
    case PolicyAction::ask: return "ask";
    }
    return "";
}

static std::string row_of(const PolicyRules& rules, const PolicyRule& rule)
{
    std::string text{rule.text};
    std::ranges::replace(text, '\t', ' ');
    return std::string{word_of(rule.action)} + " " + printable(rules.files[rule.file], 400) + ":" +
           std::to_string(rule.line) + ": " +
           (text.empty() ? "cannot be understood" : printable(text, 400)) + "\n";
}

static Reply policy_test(Call& call)
{
    const auto& words = call.request().words;
    const PolicyMatch asked = asked_call(words[1]);
    const Index& index = call.store().index();
    const PolicyParty source = asked_source(index, words[0]);
    const auto destination = destination_party(index, words[2]);
    if (!destination)
        throw Error{failure::protocol, "the destination is to be one"};
    if (destination->kind == PartyKind::none && words[2] != "@default")
        call.warn("there is no such destination: as if none had been named");
    const Policy policy = Policy::load(HostPolicyFiles{}, asked.service);
    for (const PolicyFault& fault : policy.rules().ignored)
        call.warn("a file is wrong and denies: " + printable(fault.where(), 400));
    const PolicyDecision decision =
        policy.narrow(asked.service, source).decide(asked.argument, *destination);
    const std::string row = decision.rule == nullptr ? "" : row_of(policy.rules(), *decision.rule);
    const std::string refused = refusal(policy, decision, *destination);
    return refused.empty() ? Reply{row} : Reply{row, Failure::denied, refused};
}

int main(int argc, char** argv)
{
    return run(spec, policy_test, argc, argv);
}
