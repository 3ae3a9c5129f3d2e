// SPDX-License-Identifier: GPL-2.0-or-later
//
// Policies of both formats. The first byte says how many files the rest is, which end with a byte
// of zero, and of which format. What is wrong anywhere denies everything; what is right says the
// same again when it is written down from its rules.

#include "fuzz/target.hpp"
#include "policy/destination_table.hpp"
#include "support/policy_world.hpp"

#include <array>
#include <string>
#include <string_view>
#include <vector>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

constexpr std::array<std::string_view, 4> new_files = {
    "/etc/qubes/policy.d/10-a.policy", "/etc/qubes/policy.d/include/x",
    "/run/qubes/policy.d/20-b.policy", "/etc/qubes-rpc/policy/mgmt.vm.Start+x"};
constexpr std::array<std::string_view, 4> old_files = {
    "/etc/qubes-rpc/policy/mgmt.vm.Start+x", "/etc/qubes-rpc/policy/mgmt.vm.Start",
    "/etc/qubes-rpc/policy/include/x", "/etc/qubes-rpc/policy/mgmt.vm.List"};

std::string written(const PolicyToken& token)
{
    const std::string word{token.word};
    switch (token.kind) {
    case TokenKind::all: return "*";
    case TokenKind::any_vm: return "@anyvm";
    case TokenKind::admin: return "@adminvm";
    case TokenKind::none: return "@default";
    case TokenKind::new_disposable: return "@dispvm";
    case TokenKind::disposable_of: return "@dispvm:" + word;
    case TokenKind::disposable_of_tag: return "@dispvm:@tag:" + word;
    case TokenKind::name: return word;
    case TokenKind::uuid: return "uuid:" + word;
    case TokenKind::tag: return "@tag:" + word;
    case TokenKind::type: return "@type:" + word;
    }
    return {};
}

std::string written(const PolicyRule& rule)
{
    constexpr std::array<const char*, 3> actions = {"deny", "allow", "ask"};
    std::string line = (rule.service.empty() ? "*" : std::string{rule.service}) + " " +
                       (rule.any_argument ? "*" : "+" + std::string{rule.argument}) + " " +
                       written(rule.source) + " " + written(rule.destination) + " " +
                       actions.at(static_cast<std::size_t>(rule.action));
    if (rule.target)
        line += " target=" + written(*rule.target);
    if (rule.default_target)
        line += " default_target=" + written(*rule.default_target);
    if (!rule.user.empty())
        line += " user=" + std::string{rule.user};
    if (rule.notify)
        line += std::string{" notify="} + (*rule.notify ? "yes" : "no");
    if (rule.autostart)
        line += std::string{" autostart="} + (*rule.autostart ? "yes" : "no");
    return line + "\n";
}

std::string written(const Policy& policy)
{
    std::string lines;
    for (const PolicyRule& rule : policy.rules().rules)
        lines += written(rule);
    return lines;
}

std::vector<PolicyAction> decisions(const Policy& policy)
{
    const std::array parties = {
        dom0(),
        qube("work", " a b "),
        qube("vault", ""),
        qube("net", " b ", "StandaloneVM"),
        PolicyParty{},
        PolicyParty{.kind = PartyKind::new_disposable},
        PolicyParty{.kind = PartyKind::disposable_of, .qube = {.name = "work", .tags = " a "}}};
    std::vector<PolicyAction> all;
    for (const std::string_view service : {"mgmt.vm.Start", "mgmt.vm.List"})
        for (const PolicyParty& source : parties) {
            const PolicyView view = policy.narrow(service, source);
            for (const std::string_view argument : {"", "x"}) {
                const DestinationTable table{view, argument};
                for (const PolicyParty& destination : parties) {
                    const PolicyDecision decision = view.decide(argument, destination);
                    fuzz::require(table.decide(destination).rule == decision.rule);
                    all.push_back(decision.action);
                }
            }
        }
    return all;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0 || size > 1 << 16)
        return 0;
    const bool is_old = (data[0] & 1) != 0;
    const auto& paths = is_old ? old_files : new_files;
    std::string_view rest{reinterpret_cast<const char*>(data) + 1, size - 1};
    PolicyTexts texts{};
    for (const std::string_view path : paths) {
        const auto end = std::min(rest.find('\0'), rest.size());
        texts.add(std::string{path}, std::string{rest.substr(0, end)});
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (rest.empty())
            break;
    }

    const Policy policy = Policy::load(texts);
    const std::vector<PolicyAction> said = decisions(policy);
    if (policy.fault()) {
        fuzz::require(!is_old && policy.rules().rules.empty());
        for (const PolicyAction action : said)
            fuzz::require(action == PolicyAction::deny);
    }
    // The same in lines of the present format alone.
    PolicyTexts again{{"/etc/qubes/policy.d/10-a.policy", written(policy)}};
    const Policy second = Policy::load(again);
    fuzz::require(!second.fault() && decisions(second) == said);
    fuzz::require(written(second) == written(policy));

    // What is read for one service says the same of it.
    const Policy only = Policy::load(texts, "mgmt.vm.List");
    for (const PolicyParty& source : {dom0(), qube("work", " a b ")})
        fuzz::require(
            only.narrow("mgmt.vm.List", source).decide("", qube("vault", " b ")).action ==
            policy.narrow("mgmt.vm.List", source).decide("", qube("vault", " b ")).action);

    texts.add("/etc/qubes/policy.d/00-wrong.policy", "nonsense\n");
    const Policy wrong = Policy::load(texts);
    fuzz::require(wrong.fault() && wrong.rules().rules.empty());
    return 0;
}
