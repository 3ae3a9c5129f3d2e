// SPDX-License-Identifier: GPL-2.0-or-later
//
// How qrexec starts a call: protocol.md 7.1, with caller mgmtvm.

#include "calls/world.hpp"
#include "support/catch.hpp"

#include <nlohmann/json.hpp>

#include <filesystem>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

// The fixture with the caller of the table in place of mgr.
std::string managed()
{
    return with(store_text("fixture.xml"), "<property name=\"name\">mgr</property>",
                "<property name=\"name\">mgmtvm</property>");
}

struct Start {
    std::string call;
    std::vector<std::string> arguments; // argv[1] and on
    Environment variables;              // with the prefix QREXEC_ left out
    std::string payload = {};
    std::string program = {}; // when it is not the built call itself
};

Outcome start(const World& world, const Start& how)
{
    Command command;
    command.program = how.program.empty() ? call_path(how.call) : how.program;
    command.words = {command.program};
    command.words.insert(command.words.end(), how.arguments.begin(), how.arguments.end());
    command.environment = world.root.environment();
    for (const auto& [name, value] : how.variables)
        command.environment["QREXEC_" + name] = value;
    command.input = how.payload;
    return run(std::move(command));
}

void check_reply(const Outcome& outcome, std::string_view reply)
{
    CHECK(outcome.err.empty());
    CHECK(outcome.out == reply);
    CHECK(outcome.status == 0);
}

} // namespace

TEST_CASE("protocol.md I01 I02: the argument comes as a word and as a variable, and both agree")
{
    const World world{managed()};
    const Environment variables{{"REMOTE_DOMAIN", "mgmtvm"},
                                {"REQUESTED_TARGET_TYPE", "name"},
                                {"REQUESTED_TARGET", "work"},
                                {"SERVICE_ARGUMENT", "netvm"}};
    check_reply(start(world, {"mgmt.vm.property.Get", {"netvm"}, variables}),
                "default=yes sys-firewall");
    check_refusal(start(world, {"mgmt.vm.property.Get", {"label"}, variables}),
                  "mgmt.vm.property.Get", Failure::protocol);
}

TEST_CASE("On a terminal a call says that it reads, and takes what is typed without its newline")
{
    const World world{managed()};
    Command command;
    command.program = "/usr/bin/script";
    command.words = {"script", "-qec", call_path("mgmt.label.Create") + " violet", "/dev/null"};
    command.environment = world.root.environment();
    command.input = "0x102030\n";
    const Outcome outcome = run(std::move(command));
    CHECK(outcome.status == 0);
    CHECK(outcome.out.find("mgmt.label.Create: reading 0xRRGGBB from the terminal") !=
          std::string::npos);
    CHECK(world.root.store().find("color=\"0x102030\">violet</label>") != std::string::npos);
}

TEST_CASE("protocol.md I03 I04: of the keywords only adminvm is a destination")
{
    const World world{managed()};
    const Outcome listed = start(world, {"mgmt.vm.List",
                                         {},
                                         {{"REMOTE_DOMAIN", "mgmtvm"},
                                          {"REQUESTED_TARGET_TYPE", "keyword"},
                                          {"REQUESTED_TARGET_KEYWORD", "adminvm"},
                                          {"SERVICE_FULL_NAME", "mgmt.vm.List+"},
                                          {"SERVICE_ARGUMENT", ""}}});
    CHECK(listed.status == 0);
    CHECK(listed.out.starts_with("dom0 class=AdminVM state=Running\n"));
    for (const std::string keyword : {"default", "dispvm", "dispvm:work", ""})
        check_refusal(start(world, {"mgmt.vm.List",
                                    {},
                                    {{"REMOTE_DOMAIN", "mgmtvm"},
                                     {"REQUESTED_TARGET_TYPE", "keyword"},
                                     {"REQUESTED_TARGET_KEYWORD", keyword}}}),
                      "mgmt.vm.List", Failure::protocol);
}

TEST_CASE("protocol.md I05 I06: without a word about the target only calls to dom0 run")
{
    const World world{managed()};
    check_refusal(start(world, {"mgmt.vm.Start", {}, {{"REMOTE_DOMAIN", "mgmtvm"}}}),
                  "mgmt.vm.Start", Failure::protocol);
    check_refusal(start(world, {"mgmt.vm.tag.List", {}, {{"REMOTE_DOMAIN", "mgmtvm"}}}),
                  "mgmt.vm.tag.List", Failure::protocol);
    const Outcome listed = start(world, {"mgmt.vm.List", {}, {{"REMOTE_DOMAIN", "mgmtvm"}}});
    CHECK(listed.status == 0);
    CHECK(listed.out.starts_with("dom0 class=AdminVM state=Running\n"));
}

TEST_CASE("protocol.md I07: an argument that looks like an option is an argument")
{
    const World world{managed()};
    for (const std::string argument : {"--framed", "--help", "--describe", "-h", "--"})
        check_refusal(start(world, {"mgmt.vm.feature.Get",
                                    {argument},
                                    {{"REMOTE_DOMAIN", "mgmtvm"},
                                     {"REQUESTED_TARGET_TYPE", "name"},
                                     {"REQUESTED_TARGET", "work"},
                                     {"SERVICE_ARGUMENT", argument}}}),
                      "mgmt.vm.feature.Get", Failure::not_found);
}

TEST_CASE("protocol.md I08: today's client in dom0 gives no type of the target")
{
    // The table asks a storage call; the shape is the same for each.
    check_reply(
        start(World{managed()}, {"admin.vm.tag.Get",
                                 {"managed-by-mgr"},
                                 {{"REMOTE_DOMAIN", "dom0"}, {"REQUESTED_TARGET", "work"}}}),
        std::string{"0\0001", 3});
}

TEST_CASE("protocol.md I09: a file named with its argument is the call without it")
{
    const World world{managed()};
    const std::string file = world.root.below("/mgmt.vm.Start+x");
    std::filesystem::create_symlink(call_path("mgmt.vm.Start"), file);
    check_refusal(start(world, {"mgmt.vm.Start",
                                {"x"},
                                {{"REMOTE_DOMAIN", "mgmtvm"},
                                 {"REQUESTED_TARGET_TYPE", "name"},
                                 {"REQUESTED_TARGET", "work"},
                                 {"SERVICE_FULL_NAME", "mgmt.vm.Start+x"},
                                 {"SERVICE_ARGUMENT", "x"}},
                                {},
                                file}),
                  "mgmt.vm.Start", Failure::protocol);
    const std::string tag = world.root.below("/mgmt.vm.tag.Get+managed-by-mgr");
    std::filesystem::create_symlink(call_path("mgmt.vm.tag.Get"), tag);
    check_reply(start(world, {"mgmt.vm.tag.Get",
                              {"managed-by-mgr"},
                              {{"REMOTE_DOMAIN", "mgmtvm"},
                               {"REQUESTED_TARGET_TYPE", "name"},
                               {"REQUESTED_TARGET", "work"},
                               {"SERVICE_FULL_NAME", "mgmt.vm.tag.Get+managed-by-mgr"},
                               {"SERVICE_ARGUMENT", "managed-by-mgr"}},
                              {},
                              tag}),
                "1");
}

TEST_CASE("protocol.md I10: a call that was looked up under another name does not run")
{
    check_refusal(start(World{managed()}, {"mgmt.vm.Start",
                                           {},
                                           {{"REMOTE_DOMAIN", "mgmtvm"},
                                            {"REQUESTED_TARGET_TYPE", "name"},
                                            {"REQUESTED_TARGET", "work"},
                                            {"SERVICE_FULL_NAME", "mgmt.vm.Kill+"}}}),
                  "mgmt.vm.Start", Failure::protocol);
}

TEST_CASE("protocol.md I11: a person in dom0 names destination and argument by options")
{
    const World world{managed()};
    check_reply(run_local(world.root, "vm.tag.Get", {"--plain", "--dest=work", "--arg=foo"}), "0");
    check_reply(run_local(world.root, "vm.tag.Get", {"--plain", "--dest=work", "managed-by-mgr"}),
                "1");
    check_reply(run_local(world.root, "vm.tag.Get", {"--framed", "--dest=work", "--arg=foo"}),
                std::string{"0\0000", 3});
    // A target without a caller is of another process: it is not read.
    Command command =
        local_command(world.root, "vm.tag.Get", {"--plain", "--dest=work", "--arg=managed-by-mgr"});
    command.environment["QREXEC_REQUESTED_TARGET"] = "mgmtvm";
    check_reply(run(std::move(command)), "1");
}

TEST_CASE("protocol.md I12: a second word is none of qrexec's")
{
    check_refusal(start(World{managed()}, {"mgmt.vm.tag.Get",
                                           {"a", "b"},
                                           {{"REMOTE_DOMAIN", "mgmtvm"},
                                            {"REQUESTED_TARGET_TYPE", "name"},
                                            {"REQUESTED_TARGET", "work"}}}),
                  "mgmt.vm.tag.Get", Failure::protocol);
}

TEST_CASE("protocol.md I13: names that no qube may have")
{
    const World world{managed()};
    for (const std::string name : {"Domain-0", "none", "default", "x-dm", "1a", "a b", "@adminvm",
                                   "", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "../work", "work\n"})
        check_refusal(start(world, {"mgmt.vm.property.List",
                                    {},
                                    {{"REMOTE_DOMAIN", "mgmtvm"},
                                     {"REQUESTED_TARGET_TYPE", "name"},
                                     {"REQUESTED_TARGET", name}}}),
                      "mgmt.vm.property.List", Failure::protocol);
    check_refusal(start(world, {"mgmt.vm.property.List",
                                {},
                                {{"REMOTE_DOMAIN", "not a name"},
                                 {"REQUESTED_TARGET_TYPE", "name"},
                                 {"REQUESTED_TARGET", "work"}}}),
                  "mgmt.vm.property.List", Failure::protocol);
}

TEST_CASE("protocol.md I16: an argument of 1025 bytes")
{
    const World world{managed()};
    const auto asked = [&](std::size_t length) {
        return run_call(world.root,
                        {"work", "vm.feature.Get", std::string(length, 'a'), "", "mgmtvm"});
    };
    check_refusal(asked(1025), "mgmt.vm.feature.Get", Failure::protocol);
    check_refusal(asked(255), "mgmt.vm.feature.Get", Failure::not_found);
}

TEST_CASE("protocol.md I17: one byte of payload where none is wanted")
{
    const World world{managed()};
    check_refusal(run_call(world.root, {"work", "vm.tag.List", "", "x", "mgmtvm"}),
                  "mgmt.vm.tag.List", Failure::protocol);
}

TEST_CASE("invocation: a caller that the store does not know")
{
    const World world;
    check_refusal(run_call(world.root, {"work", "vm.tag.Set", "t", "", "ghost"}), "mgmt.vm.tag.Set",
                  Failure::not_found);
    check_refusal(run_call(world.root, {"dom0", "vm.Create.AppVM", "fedora-25",
                                        "name=news label=red", "ghost"}),
                  "mgmt.vm.Create.AppVM", Failure::not_found);
}

TEST_CASE("invocation: a descriptor that is closed is no reason to fail")
{
    const World world;
    Command command = remote_command(world.root, {"work", "vm.tag.Get", "managed-by-mgr"});
    const std::string call = command.program;
    command.program = "/bin/sh";
    command.words = {"sh", "-c", "exec \"$0\" \"$1\" 0<&- 2>&-", call, "managed-by-mgr"};
    check_reply(run(std::move(command)), "1");
}

TEST_CASE("invocation: a call has the name of today's clients just if it says so")
{
    const ScratchRoot root;
    std::size_t asked = 0;
    for (const std::string& name : built_calls()) {
        if (!name.starts_with("mgmt."))
            continue;
        const auto spec = nlohmann::json::parse(run_local(root, name, {"--describe"}).out);
        INFO(name);
        CHECK(is_built("admin" + name.substr(4)) == spec["admin"].get<bool>());
        ++asked;
    }
    CHECK(asked >= 60);
}
