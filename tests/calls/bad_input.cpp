// SPDX-License-Identifier: GPL-2.0-or-later
//
// What no call may accept, driven by what each call says of itself with --describe. A new call is
// tested the day it is built.

#include "calls/world.hpp"
#include "support/catch.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <set>
#include <sys/stat.h>
#include <unistd.h>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

struct Described {
    std::string name; // as it is called, with its variant
    std::string destination;
    std::string argument;
    std::string argument_is;
    std::string input;
    std::string input_is;
    std::string effect;
    bool needs_store = false;
    std::size_t payload_limit = 0;
};

Described describe_call(const ScratchRoot& root, const std::string& name)
{
    INFO(name);
    const Outcome outcome = run_local(root, name, {"--describe"});
    REQUIRE(outcome.status == 0);
    const auto json = nlohmann::json::parse(outcome.out);
    Described call;
    call.name = name;
    call.destination = json.at("destination");
    call.argument = json.at("argument");
    call.argument_is = json.value("argument_is", "");
    call.input = json.at("input");
    call.input_is = json.value("input_is", "");
    call.effect = json.at("effect");
    call.needs_store = json.at("needs").dump().find("store") != std::string::npos;
    call.payload_limit = json.at("payload_limit");
    return call;
}

// Every mgmt.* name of the build folder that runs; the bare name of a call with variants only
// describes.
const std::vector<Described>& calls()
{
    static const std::vector<Described> all = [] {
        const ScratchRoot root;
        std::vector<Described> found;
        std::set<std::string> bare;
        for (const std::string& name : built_calls()) {
            if (!name.starts_with("mgmt."))
                continue;
            const Described call = describe_call(root, name);
            const auto json = nlohmann::json::parse(run_local(root, name, {"--describe"}).out);
            const std::string of = json.at("name");
            if (json.contains("variants") && !json.at("variants").empty() && of == name)
                bare.insert(name);
            else
                found.push_back(call);
        }
        CHECK(found.size() + bare.size() >= 30);
        return found;
    }();
    return all;
}

std::string plausible_payload(const std::string& input_is)
{
    if (input_is.find("name=") != std::string::npos)
        return input_is.find("pool=") == std::string::npos ? "name=x label=red"
                                                           : "name=x label=red pool=lvm";
    if (input_is == "<key>=<value>\n")
        return "driver=file-reflink\ndir_path=/var/lib/qubes/x\n";
    if (input_is == "number" || input_is == "True or False")
        return "1";
    if (input_is == "<size_in_bytes>" || input_is == "<snapshot>")
        return "1000000000";
    if (input_is.starts_with("<token>\n")) // of a policy file
        return "any\n";
    if (input_is == "<token>")
        return std::string(32, 'x');
    if (input_is.starts_with("<rule>"))
        return "action=drop";
    if (input_is == "policy")
        return "drop";
    if (input_is.starts_with("mode="))
        return "mode=required";
    if (input_is == "<mode>")
        return "required";
    if (input_is == "<pattern>")
        return "u03****";
    return "0x123456";
}

// A request that keeps the contract and names what the fixture has.
Ask plausible(const Described& call)
{
    Ask ask{call.destination == "dom0" ? "dom0" : "work", call.name};
    if (call.argument == "required") {
        if (call.argument_is == "property")
            ask.argument = call.destination == "dom0" ? "stats_interval" : "memory";
        else if (call.argument_is == "pool:vid")
            ask.argument = "x:y";
        else if (call.argument_is == "rule id")
            ask.argument = "1.fa25a6cf";
        else if (call.argument_is == "device")
            ask.argument = "sys-net+sda";
        else
            ask.argument = "x";
    }
    if (call.input_is == "<vid>") { // wanted where the argument leaves it out
        ask.argument = "x";
        ask.payload = "y";
    } else if (call.input == "required" || call.input_is == "<size_in_bytes>")
        ask.payload = plausible_payload(call.input_is);
    else if (call.input == "stream") // the line before the data, where there is one
        ask.payload = (call.input_is == "<size>" ? "512\n" : "x\n") + std::string(512, 'x');
    else if (call.input == "optional")
        ask.payload = call.input_is.starts_with("persistent=") ? "persistent=yes" : "1";
    return ask;
}

void check_refused(const World& world, const Ask& ask, const std::vector<Failure>& kinds)
{
    INFO(describe(ask));
    const std::string before = world.root.store();
    check_refusal(run_call(world.root, ask), ask.call, kinds);
    CHECK(world.root.store() == before);
}

void check_refused_by_all(const ScratchRoot& root, std::string_view what)
{
    INFO("the store is " << what);
    for (const Described& call : calls()) {
        if (!call.needs_store)
            continue;
        const Ask ask = plausible(call);
        INFO(describe(ask));
        check_refusal(run_call(root, ask), ask.call, Failure::store);
    }
}

} // namespace

TEST_CASE("bad input: an argument that is missing, not wanted, too long or not of letters")
{
    const World world;
    for (const Described& call : calls()) {
        Ask ask = plausible(call);
        ask.argument = std::string(1025, 'a');
        check_refused(world, ask, {Failure::protocol});
        for (const char* const odd : {"gr\xc3\xbc\xc3\x9f", "a b", "a\nb", "\x7f", "\x1b[31m"}) {
            ask.argument = odd;
            check_refused(world, ask, {Failure::protocol});
        }
        // What qrexec never passes on: nobody but dom0 may write it.
        for (const char* const odd : {"a/b", "a=b", "a%b", "a@b", "a:b", "a,b"}) {
            ask.argument = odd;
            ask.caller = "mgr";
            check_refused(world, ask, {Failure::protocol});
        }
        ask.caller = "dom0";
        // An argument vector cannot hold a NUL, so none can come that way.
        if (call.argument == "required") {
            ask.argument = "";
            check_refused(world, ask, {Failure::protocol});
        }
        if (call.argument == "none") {
            for (const char* const superfluous : {"x", "-", "--help", "+"}) {
                ask.argument = superfluous;
                check_refused(world, ask, {Failure::protocol});
            }
        }
    }
}

TEST_CASE("bad input: a payload that is missing, not wanted, too long or of odd bytes")
{
    const World world;
    for (const Described& call : calls()) {
        Ask ask = plausible(call);
        if (call.input == "none") {
            for (const std::string& payload :
                 {std::string{"x"}, std::string{"\0", 1}, std::string{"\n"},
                  std::string(call.payload_limit + 1, 'x')}) {
                ask.payload = payload;
                check_refused(world, ask, {Failure::protocol});
            }
            continue;
        }
        if (call.input == "stream")
            continue; // of any length and bytes: import.cpp, create_template.cpp
        if (call.input == "required") {
            ask.payload = "";
            check_refused(world, ask, {Failure::protocol});
        }
        ask.payload = std::string(call.payload_limit + 1, '1');
        check_refused(world, ask, {Failure::too_large});
        for (const std::string& payload : {std::string{"gr\xc3\xbc\xc3\x9f"}, std::string{"1\0", 2},
                                           std::string{"\0", 1}, std::string{"\xff\xfe"}}) {
            ask.payload = payload;
            check_refused(world, ask, {Failure::protocol, Failure::bad_value});
        }
    }
}

TEST_CASE("bad input: a destination of the wrong kind, unknown or no name")
{
    const World world;
    for (const Described& call : calls()) {
        Ask ask = plausible(call);
        if (call.destination == "dom0" || call.destination == "not-dom0") {
            ask.dest = call.destination == "dom0" ? "work" : "dom0";
            check_refused(world, ask, {Failure::protocol});
        }
        for (const char* const name :
             {"../work", "work ", "Domain-0", "none", "1a", "uuid:", "uuid:x"}) {
            ask.dest = name;
            check_refused(world, ask, {Failure::protocol});
        }
        if (call.destination != "dom0") {
            ask.dest = "nosuch";
            check_refused(world, ask, {Failure::not_found});
        }
    }
}

TEST_CASE("bad input: options are not read when qrexec started the call")
{
    const World world;
    for (const Described& call : calls()) {
        if (call.argument == "none")
            continue;
        Ask ask = plausible(call);
        ask.argument = "--describe";
        const Outcome outcome = run_call(world.root, ask);
        INFO(describe(ask));
        CHECK(outcome.out.find('{') == std::string::npos);
    }
}

TEST_CASE("bad input: a store that is missing, empty, cut, too large or not to be trusted")
{
    const std::string good = store_text("fixture.xml");
    const std::vector<std::pair<std::string_view, std::string>> stores{
        {"empty", ""},
        {"one blank", " "},
        {"truncated", good.substr(0, good.size() / 3)},
        {"with DOCTYPE", "<!DOCTYPE qubes SYSTEM \"http://example.org/x.dtd\">\n" + good},
        {"with an entity nobody defined", with(good, ">work<", ">&work;<")},
        {"with a qid twice",
         with(good, "<property name=\"qid\">5</property>", "<property name=\"qid\">4</property>")},
        {"not XML", std::string(4096, '\0')},
    };
    for (const auto& [what, store] : stores) {
        const World world{store};
        check_refused_by_all(world.root, what);
        CHECK(world.root.store() == store);
    }
    const World without;
    std::filesystem::remove(without.root.below(store_path));
    check_refused_by_all(without.root, "missing");
    CHECK_FALSE(without.root.exists(store_path));
}

TEST_CASE("bad input: a store over 64 MiB")
{
    const World world;
    const std::string path = world.root.below(store_path);
    std::filesystem::resize_file(path, (std::uintmax_t{64} << 20) + 1); // a hole
    check_refused_by_all(world.root, "over the size");
    CHECK(std::filesystem::file_size(path) == (std::uintmax_t{64} << 20) + 1);
}

TEST_CASE("bad input: a store that is a link or a directory")
{
    const World world;
    const std::string path = world.root.below(store_path);
    std::filesystem::rename(path, path + ".elsewhere");
    std::filesystem::create_directory(path);
    check_refused_by_all(world.root, "a directory");
}

TEST_CASE("bad input: a store without permission")
{
    const World world;
    const std::string path = world.root.below(store_path);
    const std::string before = world.root.store();
    REQUIRE(::chmod(path.c_str(), 0) == 0);
    const bool root = ::geteuid() == 0;
    if (root)
        for (const char* const directory :
             {"", "/var", "/var/lib", "/var/lib/qubes", "/etc", "/run"})
            REQUIRE(::chmod(world.root.below(directory).c_str(), 0755) == 0);
    for (const Described& call : calls()) {
        if (!call.needs_store)
            continue;
        const Ask ask = plausible(call);
        INFO(describe(ask));
        Command command = remote_command(world.root, ask);
        if (root) {
            // As the user of the lowest rights there is, which may not reach the build folder
            // either.
            const std::string copy = world.root.below("/" + call.name);
            if (!std::filesystem::exists(copy))
                std::filesystem::copy_file(command.program, copy);
            command.words.insert(command.words.begin(), {"setpriv", "--reuid=65534",
                                                         "--regid=65534", "--clear-groups", "--"});
            command.words.at(5) = copy;
            command.program = "/usr/bin/setpriv";
        }
        check_refusal(run(std::move(command)), ask.call, Failure::store);
    }
    REQUIRE(::chmod(path.c_str(), 0660) == 0);
    CHECK(world.root.store() == before);
}

TEST_CASE("bad input: every call that says it writes is among the writing calls of these tests")
{
    for (const Described& call : calls()) {
        if (call.effect != "write")
            continue;
        if (call.name.find(".volume.Clone") != std::string::npos)
            continue; // what one replies is what the other takes: clone.cpp
        if (call.name == "mgmt.backup.Restore")
            continue; // it takes an archive: backup_restore.cpp
        if (!call.needs_store)
            continue; // it writes something else
        INFO(call.name);
        CHECK(std::ranges::any_of(writing_calls(), [&](const WritingCall& row) {
            return full_name(row.ask.call) == call.name;
        }));
    }
}
