// SPDX-License-Identifier: GPL-2.0-or-later
//
// The examples of policy-templates/, each beside the templates, as somebody would use it.

#include "support/catch.hpp"
#include "support/policy_templates.hpp"
#include "support/strict_policy.hpp"

#include <algorithm>
#include <ostream>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

const PolicyParty nobody = {};
const PolicyParty disposable = {.kind = PartyKind::new_disposable};
const PolicyParty work = qube("work", " created-by-mgmtvm work ");
const PolicyParty vault = qube("vault", " created-by-dom0 ");
const PolicyParty sys_net = qube("sys-net", " created-by-mgmtvm2 ");

enum class Answer { no, yes, asks, elsewhere }; // elsewhere: not in dom0

std::ostream& operator<<(std::ostream& out, Answer answer)
{
    return out << std::vector<const char*>{"no", "yes", "asks", "elsewhere"}.at(
               static_cast<std::size_t>(answer));
}

PolicyTree with_example(const std::string& example)
{
    PolicyTree files = new_host();
    files["/etc/qubes/policy.d/" + example] = templates_of("examples").at(example);
    return files;
}

class Host {
public:
    explicit Host(const std::string& example) : host_{with_example(example)}
    {
        REQUIRE_FALSE(host_.policy({}).fault());
    }

    // "mgmt.vm.Start+force"
    [[nodiscard]] Answer ask(const std::string& call, const PolicyParty& source,
                             const PolicyParty& destination)
    {
        const auto plus = std::min(call.find('+'), call.size());
        const std::string argument = call.substr(std::min(plus + 1, call.size()));
        const PolicyDecision decision =
            host_.decide(call.substr(0, plus), argument, source, destination);
        if (decision.action == PolicyAction::deny)
            return Answer::no;
        const bool stays = decision.rule->target ? decision.rule->target->kind == TokenKind::admin
                                                 : destination.kind == PartyKind::admin;
        if (!stays)
            return Answer::elsewhere;
        return decision.action == PolicyAction::ask ? Answer::asks : Answer::yes;
    }

private:
    TemplateHost host_;
};

// Every name that a call has.
std::vector<std::string> services()
{
    std::vector<std::string> names;
    for (const auto& [path, text] : templates_of("policy.d"))
        if (path.starts_with("90-"))
            for (const StrictLine& line : read_strictly(text, StrictFormat::full).lines)
                names.push_back(line.service);
    return names;
}

} // namespace

TEST_CASE("policy examples: each names calls that there are, and one qube that may call them")
{
    const auto names = services();
    const auto examples = templates_of("examples");
    CHECK(examples.size() == 3);
    for (const auto& [path, text] : examples) {
        std::string source;
        for (const StrictLine& line : read_strictly(text, StrictFormat::full).lines) {
            INFO(path << ": " << line.service);
            // Not all have come yet.
            const bool known = std::ranges::find(names, line.service) != names.end();
            CHECK((known));
            source = source.empty() ? line.source : source;
            CHECK(line.source == source);
        }
    }
}

TEST_CASE("policy examples: a management qube manages what it made, and nothing else")
{
    Host host{"30-mgmt-own-qubes.policy"};
    const PolicyParty mgmtvm = qube("mgmtvm");
    const auto ask = [&](const char* call, const PolicyParty& destination) {
        return host.ask(call, mgmtvm, destination);
    };
    for (const char* call :
         {"mgmt.vm.Start", "mgmt.vm.Shutdown", "mgmt.vm.Shutdown+force", "mgmt.vm.Kill",
          "mgmt.vm.Remove", "mgmt.vm.Clone", "mgmt.vm.CurrentState", "mgmt.vm.property.GetAll",
          "mgmt.vm.property.Set+netvm", "mgmt.vm.property.Reset+netvm", "mgmt.vm.firewall.Flush",
          "mgmt.vm.volume.Snapshot+private", "mgmt.vm.volume.Extend+private", "mgmt.vm.tag.List"}) {
        INFO(call);
        CHECK(ask(call, work) == Answer::yes);
        for (const PolicyParty& other : {vault, sys_net, mgmtvm, dom0(), nobody, disposable})
            CHECK(ask(call, other) == Answer::no);
        CHECK(host.ask(call, qube("mgmtvm2"), work) == Answer::no);
        CHECK(host.ask(call, vault, work) == Answer::no);
        CHECK(host.ask(call, work, work) == Answer::no);
    }
    for (const char* call :
         {"mgmt.vm.tag.Set+created-by-mgmtvm", "mgmt.vm.tag.Remove+work", "mgmt.vm.feature.Set+gui",
          "mgmt.vm.property.Set+template", "mgmt.vm.property.Set+guivm", "mgmt.vm.property.Set",
          "mgmt.vm.property.Reset+kernelopts", "mgmt.vm.device.pci.Attach+dom0+00_14.0",
          "mgmt.vm.volume.Attach+private", "mgmt.vm.volume.Import+private",
          "mgmt.vm.volume.Extend+root", "mgmt.vm.microphone.Attach", "mgmt.vm.CreateDisposable",
          "admin.vm.Start", "qubes.Filecopy", "qubes.VMShell"}) {
        INFO(call);
        for (const PolicyParty& destination : {work, vault, dom0()})
            CHECK(ask(call, destination) == Answer::no);
    }

    CHECK(ask("mgmt.vm.Create.AppVM+debian-12", dom0()) == Answer::yes);
    CHECK(ask("mgmt.vm.Create.AppVM+debian-12", work) == Answer::no);
    CHECK(ask("mgmt.vm.Create.AppVM+debian-12-old", dom0()) == Answer::no);
    CHECK(ask("mgmt.vm.Create.AppVM", dom0()) == Answer::no);
    CHECK(ask("mgmt.vm.Create.TemplateVM", dom0()) == Answer::no);
    CHECK(ask("mgmt.vm.CreateInPool.AppVM+debian-12", dom0()) == Answer::no);
    CHECK(ask("mgmt.vm.CreateTemplate+debian-12", dom0()) == Answer::no);

    // The first says that it may list, the others what a list that is filtered shows.
    for (const char* call : {"mgmt.vm.List", "mgmt.Events", "mgmt.Events+domain-start"}) {
        INFO(call);
        CHECK(ask(call, dom0()) == Answer::yes);
        CHECK(ask(call, work) == Answer::yes);
        CHECK(ask(call, vault) == Answer::no);
        CHECK(ask(call, sys_net) == Answer::no);
        CHECK(ask(call, mgmtvm) == Answer::no);
    }
    CHECK(ask("mgmt.label.List", dom0()) == Answer::yes);
    for (const char* call : {"mgmt.label.Create+x", "mgmt.property.Set+default_netvm",
                             "mgmt.pool.Add+x", "mgmt.backup.Execute+nightly", "mgmt.policy.List"})
        CHECK(ask(call, dom0()) == Answer::no);
}

TEST_CASE("policy examples: a monitor sees and changes nothing")
{
    Host host{"30-mgmt-monitor.policy"};
    const PolicyParty monitor = qube("monitor");
    const auto ask = [&](const std::string& call, const PolicyParty& destination) {
        return host.ask(call, monitor, destination);
    };
    for (const char* call :
         {"mgmt.vm.List", "mgmt.Events", "mgmt.vm.CurrentState", "mgmt.vm.property.GetAll",
          "mgmt.vm.property.Get+netvm", "mgmt.vm.tag.List", "mgmt.vm.firewall.Get",
          "mgmt.vm.volume.Info+private"}) {
        INFO(call);
        for (const PolicyParty& destination : {work, vault, sys_net})
            CHECK(ask(call, destination) == Answer::yes);
        CHECK(host.ask(call, vault, work) == Answer::no);
        CHECK(host.ask(call, work, dom0()) == Answer::no);
    }
    for (const char* call : {"mgmt.vm.List", "mgmt.Events", "mgmt.vm.CurrentState",
                             "mgmt.pool.Info+lvm", "mgmt.backup.Info+nightly", "mgmt.label.List"}) {
        INFO(call);
        CHECK(ask(call, dom0()) == Answer::yes);
    }
    for (const char* call : {"mgmt.vm.feature.Get+x", "mgmt.vm.device.usb.Available",
                             "mgmt.policy.List", "mgmt.policy.Get+30-user",
                             "mgmt.backup.Verify+nightly", "admin.vm.List", "qubes.VMShell"})
        for (const PolicyParty& destination : {work, dom0()}) {
            INFO(call);
            CHECK(ask(call, destination) == Answer::no);
        }
    // Nothing that changes, whatever the templates know, with whatever argument.
    PolicyTree reading = new_host();
    for (const std::string scope : {"local", "global"})
        reading["/etc/qubes/policy.d/include/mgmt-" + scope + "-ro"] =
            "monitor * allow target=dom0\n";
    TemplateHost reads{reading};
    std::size_t allowed = 0;
    for (const std::string& service : services())
        for (const PolicyParty& destination : {work, vault, dom0(), nobody, disposable})
            if (ask(service + "+x", destination) != Answer::no) {
                INFO(service);
                ++allowed;
                CHECK(reads.decide(service, "x", monitor, destination).action ==
                      PolicyAction::allow);
            }
    CHECK(allowed > 50);
}

TEST_CASE("policy examples: a backup qube has one backup made, and is asked before it restores")
{
    Host host{"30-mgmt-backup.policy"};
    const PolicyParty backupvm = qube("backupvm");
    for (const char* call : {"mgmt.backup.Execute+nightly", "mgmt.backup.Cancel+nightly",
                             "mgmt.backup.Info+nightly", "mgmt.backup.Verify+nightly"}) {
        INFO(call);
        CHECK(host.ask(call, backupvm, dom0()) == Answer::yes);
        CHECK(host.ask(call, backupvm, work) == Answer::no);
        CHECK(host.ask(call, work, dom0()) == Answer::no);
    }
    CHECK(host.ask("mgmt.backup.Restore+nightly", backupvm, dom0()) == Answer::asks);
    CHECK(host.ask("mgmt.backup.Restore+nightly", work, dom0()) == Answer::no);
    for (const std::string& service : services())
        for (const PolicyParty& destination : {work, vault, backupvm, dom0(), nobody, disposable})
            for (const std::string argument : {"", "+", "+weekly", "+nightly2"}) {
                INFO(service << argument);
                CHECK(host.ask(service + argument, backupvm, destination) == Answer::no);
            }
}
