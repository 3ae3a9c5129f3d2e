// SPDX-License-Identifier: GPL-2.0-or-later
//
// A call that declares root: how it asks for it, and what the program does that runs it so.

#include "calls/world.hpp"
#include "support/catch.hpp"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

namespace fs = std::filesystem;

// A machine whose sudo shows what it was asked for.
struct Machine {
    Machine()
    {
        root.write("/usr/bin/sudo", "#!/bin/sh\nprintf '<%s>' \"$@\"\nenv\ncat\n");
        for (const char* const program : {"mgmt.test.Root", "qubes-mgmt-root"})
            copy(program);
        ::chmod(root.below("/usr/bin/sudo").c_str(), 0755);
        ::chmod(root.path().c_str(), 0755);
        for (const char* const directory : {"/usr", "/usr/bin", "/calls"})
            ::chmod(root.below(directory).c_str(), 0755);
    }

    void copy(const std::string& program) const
    {
        fs::create_directories(root.below("/calls"));
        fs::copy_file(test_program(program), root.below("/calls/" + program));
    }

    // As qrexec would, by a user who is not root.
    [[nodiscard]] Outcome ask(const std::string& argument, const std::string& payload) const
    {
        return ask_as({"dom0", "mgmt.test.Root", argument, payload}, "mgmt.test.Root");
    }

    // By one of the names that the call has.
    [[nodiscard]] Outcome ask_as(const Ask& ask, const std::string& name) const
    {
        Command command = remote_command(root, ask);
        command.program = root.below("/calls/" + name);
        command.words[0] = command.program;
        command.environment["QREXEC_SERVICE_FULL_NAME"] = name + "+" + ask.argument;
        if (::geteuid() == 0) {
            command.words.insert(command.words.begin(), {"setpriv", "--reuid=65534",
                                                         "--regid=65534", "--clear-groups", "--"});
            command.program = "/usr/bin/setpriv";
        }
        return run(command);
    }

    [[nodiscard]] Outcome root_program(std::vector<std::string> words) const
    {
        Command command;
        command.program = root.below("/calls/qubes-mgmt-root");
        command.words = {command.program};
        command.words.insert(command.words.end(), words.begin(), words.end());
        command.environment = {{"QUBES_MGMT_ROOT", root.path()},
                               {"LD_LIBRARY_PATH", "/nowhere"},
                               {"QREXEC_REMOTE_DOMAIN", "forged"}};
        return run(command);
    }

    ScratchRoot root;
};

} // namespace

TEST_CASE("root: a call with work for root asks sudo for itself, its payload handed on")
{
    const Machine machine;
    const Outcome outcome = machine.ask("root", "some payload");
    INFO(outcome.out << outcome.err);
    CHECK(outcome.status == 0);
    CHECK(outcome.out.starts_with("<-n><" + machine.root.below("/calls/qubes-mgmt-root") + ">"));
    CHECK(outcome.out.find("<QREXEC_REMOTE_DOMAIN=dom0>") != std::string::npos);
    CHECK(outcome.out.find("<mgmt.test.Root><root>") != std::string::npos);
    CHECK(outcome.out.find("QUBES_MGMT_ROOT") == std::string::npos);
    CHECK(outcome.out.ends_with("some payload"));
}

TEST_CASE("root: without work for root nobody is asked")
{
    const Machine machine;
    const Outcome outcome = machine.ask("nothing", "");
    CHECK(outcome.status == 0);
    CHECK(outcome.out.find("uid=") == 0);
}

// Root's directory is changed by root, whoever else may write there: so its files stay root's.
TEST_CASE("root: the policy is changed by root where it belongs to root, by its owner elsewhere")
{
    if (::geteuid() != 0)
        return; // nobody else can lay root's directory
    const Machine machine;
    machine.root.write("/etc/qubes/policy.d/30-user.policy", "");
    const std::string directory = machine.root.below("/etc/qubes/policy.d");
    for (const char* const above : {"/etc", "/etc/qubes", "/etc/qubes/policy.d"})
        REQUIRE(::chmod(machine.root.below(above).c_str(), 0777) == 0);
    REQUIRE(::chmod(machine.root.below("/run/qubes-mgmt").c_str(), 0777) == 0);
    fs::copy_file(call_path("mgmt.policy.Replace"), machine.root.below("/calls/policy.Replace"));

    const auto replace = [&] {
        const Ask ask{"dom0", "mgmt.policy.Replace", "30-user", "any\n# new\n"};
        return machine.ask_as(ask, "policy.Replace");
    };
    const Outcome asked = replace();
    INFO(asked.out << asked.err);
    CHECK(asked.status == 0);
    CHECK(asked.out.find("<policy.Replace><30-user>") != std::string::npos);
    CHECK(asked.out.ends_with("any\n# new\n"));
    CHECK(machine.root.read("/etc/qubes/policy.d/30-user.policy").empty());

    REQUIRE(::chown(directory.c_str(), 65534, 65534) == 0);
    const Outcome done = replace();
    INFO(done.out << done.err);
    CHECK(done.status == 0);
    CHECK(done.out.empty());
    CHECK(machine.root.read("/etc/qubes/policy.d/30-user.policy") == "# new\n");
}

TEST_CASE("root: without sudo the call says so")
{
    const Machine machine;
    fs::remove(machine.root.below("/usr/bin/sudo"));
    check_refusal(machine.ask("root", ""), "mgmt.test.Root", Failure::unsupported);
}

TEST_CASE("root: the program runs a call that declares root with nothing but QREXEC_ variables")
{
    const Machine machine;
    const Outcome outcome =
        machine.root_program({"QREXEC_REMOTE_DOMAIN=mgr", "QREXEC_REQUESTED_TARGET_TYPE=keyword",
                              "QREXEC_REQUESTED_TARGET_KEYWORD=adminvm", "mgmt.test.Root"});
    CHECK(outcome.err.empty());
    CHECK(outcome.out == "uid=" + std::to_string(::geteuid()) +
                             " source=mgr payload= environment: QREXEC_REMOTE_DOMAIN "
                             "QREXEC_REQUESTED_TARGET_TYPE QREXEC_REQUESTED_TARGET_KEYWORD PATH "
                             "LC_ALL\n");
}

TEST_CASE("root: the program runs nothing else")
{
    const Machine machine;
    using Words = std::vector<std::string>;
    for (const Words& words :
         {Words{}, Words{"QREXEC_REMOTE_DOMAIN=dom0"}, Words{"mgmt.vm.List"}, Words{"/bin/true"},
          Words{"../calls/mgmt.test.Root"}, Words{"mgmt.test.Root/../mgmt.vm.List"},
          Words{"mgmt.test.RootX"}, Words{"mgmt.test.Root.None"},
          Words{"LD_PRELOAD=/nowhere.so", "mgmt.test.Root"},
          Words{"QREXEC_X/Y=1", "mgmt.test.Root"}, Words{"qubes-mgmt-root"}, Words{""}}) {
        INFO((words.empty() ? "no words" : words.back()));
        check_refusal(machine.root_program(words), "qubes-mgmt-root", Failure::denied);
    }
}

// Root itself, storage, which may be of devices, and changes of what may be Xen's domains.
TEST_CASE(
    "root: the calls that declare what may be root's are those that the installed program runs")
{
    const ScratchRoot root;
    for (const std::string& name : built_calls()) {
        if (!name.starts_with("mgmt."))
            continue;
        const Outcome described = run_local(root, name, {"--describe"});
        const auto spec = nlohmann::json::parse(described.out);
        const std::string follows = spec["variant_follows"];
        if (!follows.empty() && spec["variant"] == "")
            continue; // it describes its classes, and runs none
        bool declared = false;
        for (const auto& need : spec["needs"])
            declared = declared || need == "root" || need == "storage" ||
                       (need == "hypervisor" && spec["effect"] != "read");
        Command command;
        command.program = call_path("qubes-mgmt-root");
        command.words = {command.program, name, "--version"};
        INFO(name);
        CHECK((run(command).status == 0) == declared);
        if (const std::string alias = spec["alias"]; !alias.empty()) {
            command.words.at(1) = alias;
            CHECK((run(command).status == 0) == declared);
        }
    }
}
