// SPDX-License-Identifier: GPL-2.0-or-later
//
// qubes-mgmt-policy-test: which line of which file decides.

#include "support/catch.hpp"
#include "world.hpp"

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

Outcome ask(const World& world, const std::string& source, const std::string& call,
            const std::string& destination, std::vector<std::string> options = {})
{
    Command command = local_command(world.root, "vm.List", {});
    command.program = call_path("qubes-mgmt-policy-test");
    options.insert(options.begin(), command.program);
    command.words = std::move(options);
    for (const std::string& word : {source, call, destination})
        command.words.push_back(word);
    return run(command);
}

void decides(const Outcome& outcome, std::string_view row, std::string_view refusal)
{
    CHECK(outcome.out == row);
    CHECK(outcome.status == (refusal.empty() ? 0 : static_cast<int>(Failure::denied)));
    CHECK(
        outcome.err ==
        (refusal.empty() ? "" : "qubes-mgmt-policy-test: denied: " + std::string{refusal} + "\n"));
}

constexpr const char* policy = "# what mgr may\n"
                               "mgmt.vm.Start  +      mgr @tag:created-by-mgr allow target=dom0\n"
                               "mgmt.vm.Start  +plan  mgr @anyvm  ask default_target=dom0\n"
                               "!include include/more\n"
                               "!include-service mgmt.vm.List * include/lists\n"
                               "mgmt.vm.Kill   *      mgr *  allow\n";

} // namespace

TEST_CASE("policy-test: it names the line that decides, and the file in which it stands")
{
    const World world;
    world.root.write("/etc/qubes/policy.d/30-mgr.policy", policy);
    world.root.write("/etc/qubes/policy.d/include/more",
                     "\nmgmt.vm.Pause * @type:AppVM uuid:5e2d8a34-8c0b-4d77-b0f4-6e3b1f8e0e04 deny "
                     "notify=no\n");
    world.root.write("/etc/qubes/policy.d/include/lists", "mgr\t@adminvm  allow,target=dom0\n");
    const std::string file = "/etc/qubes/policy.d/30-mgr.policy:";
    const std::string start =
        "allow " + file + "2: mgmt.vm.Start  +      mgr @tag:created-by-mgr allow target=dom0\n";
    decides(ask(world, "mgr", "mgmt.vm.Start", "work"), start, "");
    decides(ask(world, "mgr", "mgmt.vm.Start+", "work"), start, "");
    decides(ask(world, "mgr", "mgmt.vm.Start", "uuid:5e2d8a34-8c0b-4d77-b0f4-6e3b1f8e0e04"), start,
            "");
    decides(ask(world, "mgr", "mgmt.vm.Start", "sys-net"), "",
            "denied, because no line is about it");
    decides(ask(world, "work", "mgmt.vm.Start", "work"), "", "denied, because no line is about it");
    decides(ask(world, "mgr", "mgmt.vm.Start+plan", "sys-net"),
            "ask " + file + "3: mgmt.vm.Start  +plan  mgr @anyvm  ask default_target=dom0\n",
            "the user would be asked");
    decides(ask(world, "mgr", "mgmt.vm.Pause", "work"),
            "deny /etc/qubes/policy.d/include/more:2: mgmt.vm.Pause * @type:AppVM "
            "uuid:5e2d8a34-8c0b-4d77-b0f4-6e3b1f8e0e04 deny notify=no\n",
            "denied");
    for (const char* const dom0 : {"dom0", "@adminvm"})
        decides(ask(world, "mgr", "mgmt.vm.List", dom0),
                "allow /etc/qubes/policy.d/include/lists:1: mgr @adminvm  allow,target=dom0\n", "");
    const std::string kill = "allow " + file + "6: mgmt.vm.Kill   *      mgr *  allow\n";
    for (const char* const destination : {"@dispvm", "@dispvm:work", "dom0"})
        decides(ask(world, "mgr", "mgmt.vm.Kill", destination), kill, "");
    decides(ask(world, "mgr", "mgmt.vm.Kill", "@default"), kill,
            "denied, because the line does not say which qube is meant");
}

TEST_CASE("policy-test: who does not exist is not called, and calls nobody")
{
    const World world;
    world.root.write("/etc/qubes/policy.d/30-mgr.policy",
                     "* * mgr @default allow target=work\n* * mgr gone allow\n");
    const Outcome gone = ask(world, "mgr", "mgmt.vm.Start", "gone");
    CHECK(gone.status == 0);
    CHECK(gone.out == "allow /etc/qubes/policy.d/30-mgr.policy:1: * * mgr @default allow "
                      "target=work\n");
    CHECK(gone.err.find("as if none had been named") != std::string::npos);
    CHECK(ask(world, "gone", "mgmt.vm.Start", "work").status ==
          static_cast<int>(Failure::not_found));
}

TEST_CASE("policy-test: a policy that is wrong denies, and it is said where")
{
    const World world;
    world.root.write("/etc/qubes/policy.d/30-mgr.policy", "* * mgr work allow\nnonsense\n");
    const Outcome outcome = ask(world, "mgr", "mgmt.vm.Start", "work");
    CHECK(outcome.out.empty());
    CHECK(outcome.status == static_cast<int>(Failure::denied));
    CHECK(outcome.err.find("/etc/qubes/policy.d/30-mgr.policy:2: ") != std::string::npos);
}

TEST_CASE("policy-test: the files of an older host")
{
    const World world;
    world.root.write("/etc/qubes-rpc/policy/mgmt.vm.Start", "$anyvm $tag:created-by-mgr allow\n");
    decides(ask(world, "mgr", "mgmt.vm.Start", "work"),
            "allow /etc/qubes-rpc/policy/mgmt.vm.Start:1: $anyvm $tag:created-by-mgr allow\n", "");
    world.root.write("/etc/qubes-rpc/policy/mgmt.vm.Start+x", "nonsense\n");
    const Outcome wrong = ask(world, "mgr", "mgmt.vm.Start+x", "work");
    CHECK(wrong.out == "deny /etc/qubes-rpc/policy/mgmt.vm.Start+x:1: cannot be understood\n");
    CHECK(wrong.err.find("a file is wrong") != std::string::npos);
}

TEST_CASE("policy-test: words that are none of a call")
{
    const World world;
    const auto wrong = [&](const char* source, const char* call, const char* destination) {
        INFO(source << " " << call << " " << destination);
        const Outcome outcome = ask(world, source, call, destination);
        CHECK(outcome.status == static_cast<int>(Failure::protocol));
        CHECK(outcome.out.empty());
    };
    wrong("*", "mgmt.vm.Start", "work");
    wrong("@anyvm", "mgmt.vm.Start", "work");
    wrong("", "mgmt.vm.Start", "work");
    wrong("mgr", "*", "work");
    wrong("mgr", "", "work");
    wrong("mgr", "mgmt/vm", "work");
    wrong("mgr", "mgmt.vm.Start", "*");
    wrong("mgr", "mgmt.vm.Start", "@tag:x");
    wrong("mgr", "mgmt.vm.Start", "");
}
