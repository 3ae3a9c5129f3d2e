// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the policy templates say. That they name each call, and that for what it declares, is for
// `policy-templates/generate check`.

#include "support/catch.hpp"
#include "support/policy_templates.hpp"
#include "support/strict_policy.hpp"

#include <set>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

const std::string local_rwx = "/include/mgmt-local-rwx";
const PolicyParty mgmtvm = qube("mgmtvm", " work ");
const PolicyParty work = qube("work", " created-by-mgmtvm ");
const PolicyParty vault = qube("vault", " created-by-dom0 ", "StandaloneVM");
const PolicyParty nobody = {};
const PolicyParty disposable = {.kind = PartyKind::new_disposable};

// Each name of each call.
std::set<std::string> services()
{
    std::set<std::string> names;
    for (const auto& [path, text] : templates_of("policy.d"))
        if (path.starts_with("90-"))
            for (const StrictLine& line : read_strictly(text, StrictFormat::full).lines)
                names.insert(line.service);
    return names;
}

PolicyAction decide(const Policy& policy, std::string_view service, const PolicyParty& source,
                    const PolicyParty& destination)
{
    return policy.narrow(service, source).decide("", destination).action;
}

// Which of them a policy that has these lines in one of its files lets mgmtvm call.
std::set<std::string> allowed(PolicyTree files, const std::string& path, const std::string& line,
                              const PolicyParty& destination)
{
    files.at(path) += line + "\n";
    std::set<std::string> names;
    for (const std::string& service : services()) {
        const Policy policy = load(files, service);
        REQUIRE_FALSE(policy.fault());
        if (decide(policy, service, mgmtvm, destination) == PolicyAction::allow)
            names.insert(service);
    }
    return names;
}

std::set<std::string> allowed_by(const std::string& include, const PolicyParty& destination)
{
    return allowed(new_host(), "/etc/qubes/policy.d/include/mgmt-" + include,
                   "mgmtvm * allow target=dom0", destination);
}

} // namespace

TEST_CASE("policy templates: each line is one that a strict reader knows")
{
    std::size_t lines = 0;
    for (const std::string folder : {"policy.d", "examples"})
        for (const auto& [path, text] : templates_of(folder)) {
            const bool body = path.starts_with("include/");
            const StrictPolicy read =
                read_strictly(text, body ? StrictFormat::body : StrictFormat::full);
            INFO(path);
            CHECK(read.faults == std::vector<std::string>{});
            lines += read.lines.size();
        }
    CHECK(lines > 300);
}

TEST_CASE("policy templates: the strict reader refuses what some qrexec might")
{
    const auto faults = [](const std::string& line, StrictFormat format) {
        return read_strictly(line + "\n", format).faults.size();
    };
    for (const char* line : {
             "mgmt.vm.Start * mgmtvm work allow", // without target=dom0
             "mgmt.vm.Start * mgmtvm @anyvm ask",
             "mgmt.vm.Start * mgmtvm * allow",
             "mgmt.vm.Start * mgmtvm work allow target=work",
             "mgmt.vm.Start * mgmtvm @adminvm allow target=work",
             "admin.vm.Start * mgmtvm @tag:x allow user=root",
             "policy.Replace * mgmtvm @default ask",
             "mgmt.vm.Start * mgmtvm work allow,target=dom0",
             "mgmt.vm.Start * mgmtvm work allow target=dom0,",
             "mgmt.vm.Start * mgmtvm work allow target=dom0 # why",
             "mgmt.vm.Start * mgmtvm work allow target=dom0 target=dom0",
             "mgmt.vm.Start * mgmtvm work allow target=$adminvm",
             "mgmt.vm.Start * mgmtvm $anyvm allow target=dom0",
             "mgmt.vm.Start\t* mgmtvm work allow target=dom0",
             "mgmt.vm.Start * mgmtvm work deny target=dom0",
             "mgmt.vm.Start * mgmtvm work allow default_target=dom0 target=dom0",
             "mgmt.vm.Start * mgmtvm work deny notify=maybe",
             "mgmt.vm.Start a mgmtvm work deny",
             "mgmt.vm.Start+a * mgmtvm work deny",
             "mgmt.vm.Start * dom0 work deny",
             "mgmt.vm.Start * @default work deny",
             "mgmt.vm.Start * mgmtvm work",
             "* * mgmtvm work deny",
             "!include /etc/passwd",
             "!include include/a include/b",
             "!include-service mgmt.vm.Start include/a",
             "!compat-4.0",
         }) {
        INFO(line);
        CHECK(faults(line, StrictFormat::full) == 1);
    }
    for (const char* line : {"mgmtvm work allow", "mgmtvm work allow,target=dom0",
                             "mgmt.vm.Start * mgmtvm work allow target=dom0",
                             "!include-service mgmt.vm.Start * include/a"}) {
        INFO(line);
        CHECK(faults(line, StrictFormat::body) == 1);
    }
    for (const char* line :
         {"mgmt.vm.Start * mgmtvm @adminvm allow", "mgmt.vm.Start + mgmtvm work ask target=dom0",
          "mgmt.vm.Start +a+b @tag:x @type:AppVM allow target=@adminvm notify=yes",
          "mgmt.vm.Kill * @anyvm * deny notify=no", "qubes.StartApp * mgmtvm work allow"}) {
        INFO(line);
        CHECK(faults(line, StrictFormat::full) == 0);
    }
    CHECK(faults("mgmtvm work allow target=dom0", StrictFormat::body) == 0);
    CHECK(read_strictly("# no end", StrictFormat::full).faults.size() == 1);
}

TEST_CASE("policy templates: as installed, no qube may do anything, in three releases")
{
    const std::set<std::string> names = services();
    CHECK(names.size() > 200);
    for (const PolicyTree& files : {new_host(), old_host("r40"), old_host("r32")})
        for (const std::string& service : names) {
            const Policy policy = load(files, service);
            INFO(service);
            CHECK_FALSE(policy.fault());
            for (const PolicyParty& destination : {dom0(), work, vault, mgmtvm, nobody, disposable})
                CHECK(decide(policy, service, mgmtvm, destination) == PolicyAction::deny);
        }
}

TEST_CASE("policy templates: a call without a file would ask on an old host, so each has one")
{
    const auto r40 = templates_of("r40");
    const auto r32 = templates_of("r32");
    for (const std::string& service : services()) {
        INFO(service);
        CHECK(r40.count(service) == 1);
        // Of dom0 and of qubes, where the call may be about both.
        const bool old = !service.starts_with("mgmt.");
        CHECK(r32.count(service) == (old ? 0 : 1));
        if (old)
            continue;
        const Policy policy = load(old_host("r32"), service);
        CHECK(policy.rules().rules.size() >= 1);
    }
}

TEST_CASE("policy templates: who may change one qube is asked for what is of that qube")
{
    const auto names = allowed_by("local-rwx", work);
    for (const char* name :
         {"mgmt.vm.Start", "mgmt.vm.Kill", "admin.vm.Start", "mgmt.vm.property.Set",
          "mgmt.vm.property.Get", "admin.vm.property.Get", "mgmt.vm.tag.Set",
          "mgmt.vm.volume.Snapshot", "mgmt.vm.volume.CloneFrom", "mgmt.vm.device.pci.Attach",
          "mgmt.vm.device.usb.Available", "mgmt.vm.firewall.Flush", "mgmt.vm.microphone.Attach"}) {
        INFO(name);
        CHECK(names.count(name) == 1);
    }
    // These are about the host, also where their destination is a qube.
    for (const char* name : {"mgmt.vm.List", "mgmt.vm.Remove", "mgmt.vm.Clone",
                             "mgmt.vm.CloneInPool", "mgmt.vm.Create.AppVM",
                             "mgmt.vm.CreateDisposable", "mgmt.backup.Execute", "mgmt.pool.List"}) {
        INFO(name);
        CHECK(names.count(name) == 0);
    }
}

TEST_CASE("policy templates: who may look may not change")
{
    const auto looks = [](const std::string& name) {
        for (const char* end : {".List", ".Get", ".GetAll", ".GetDefault", ".GetPolicy", ".Help",
                                ".Info", ".Index", ".ListDrivers", ".ListSnapshots", ".Assigned",
                                ".Attached", ".Available", ".CheckWithTemplate", ".GetFiles",
                                ".CheckWithNetvm", ".CurrentState", ".UsageDetails", ".Verify"})
            if (name.ends_with(end))
                return true;
        return name.ends_with(".Events");
    };
    for (const std::string scope : {"local", "global"}) {
        const auto may_look = allowed_by(scope + "-ro", work);
        const auto may_change = allowed_by(scope + "-rwx", work);
        CHECK(may_look.size() > 20);
        for (const std::string& name : may_look) {
            INFO(name);
            CHECK(looks(name)); // of a snapshot, a clone and a backup one has the data
            CHECK(may_change.count(name) == 1);
        }
        for (const std::string& name : may_change) {
            INFO(name);
            CHECK(may_look.count(name) == (looks(name) ? 1 : 0));
        }
    }
}

TEST_CASE("policy templates: what changes the policy is in none of the usual files")
{
    for (const char* include : {"local-ro", "local-rwx", "global-ro", "global-rwx"})
        for (const std::string& name : allowed_by(include, dom0())) {
            INFO(name);
            CHECK_FALSE(name.starts_with("policy."));
            CHECK_FALSE(name.starts_with("mgmt.policy."));
        }
}

TEST_CASE("policy templates: every call is in one of the files, and in one scope alone")
{
    std::set<std::string> all;
    std::size_t sum = 0;
    for (const char* include : {"local-rwx", "global-rwx", "policy-rwx"}) {
        const auto names = allowed_by(include, work);
        sum += names.size();
        all.insert(names.begin(), names.end());
    }
    CHECK(all == services());
    CHECK(sum == all.size());
}

TEST_CASE("policy templates: what clients only try is denied without a word")
{
    const Policy policy = load(new_host());
    for (const char* service : {"mgmt.vm.property.GetAll", "admin.vm.property.GetAll"}) {
        const PolicyDecision decision = policy.narrow(service, mgmtvm).decide("", work);
        REQUIRE(decision.rule != nullptr);
        CHECK(decision.rule->notify == std::optional{false});
        // What is allowed comes before that.
        CHECK(allowed_by("local-ro", work).count(service) == 1);
    }
    CHECK(policy.narrow("mgmt.vm.Start", mgmtvm).decide("", work).rule == nullptr);
}

TEST_CASE("policy templates: the files of older hosts are edited likewise")
{
    const std::string directory = "/etc/qubes-rpc/policy";
    const std::string line = "mgmtvm $tag:created-by-mgmtvm allow,target=dom0";
    const auto names = allowed(old_host("r40"), directory + local_rwx, line, work);
    CHECK(names == allowed(new_host(), "/etc/qubes/policy.d" + local_rwx,
                           "mgmtvm @tag:created-by-mgmtvm allow target=dom0", work));
    CHECK(names.count("mgmt.vm.Start") == 1);
    CHECK(names.count("mgmt.vm.property.Get") == 1); // who may change may look
    CHECK(allowed(old_host("r40"), directory + local_rwx, line, vault).empty());
    CHECK(allowed(old_host("r40"), directory + local_rwx, line, dom0()).empty());

    // R3.2 denies in its last lines; what allows goes before them.
    PolicyTree files = old_host("r32");
    files[directory + "/mgmt.vm.Start"].insert(0, "mgmtvm work allow,target=dom0\n");
    const Policy policy = load(files, "mgmt.vm.Start");
    CHECK(decide(policy, "mgmt.vm.Start", mgmtvm, work) == PolicyAction::allow);
    CHECK(decide(policy, "mgmt.vm.Start", mgmtvm, vault) == PolicyAction::deny);
}
