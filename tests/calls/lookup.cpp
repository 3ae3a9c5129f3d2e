// SPDX-License-Identifier: GPL-2.0-or-later
//
// How qrexec finds a call among its directories of services (protocol.md 1.1), as
// packaging/qrexec-stand-in does, through which the installed package is tried.

#include "calls/world.hpp"
#include "support/catch.hpp"

#include <filesystem>

using namespace qmgmt;
using namespace qmgmt::test;

namespace fs = std::filesystem;

namespace {

// The directories of R4.1 and later, first to last.
constexpr std::string_view volatile_services = "/run/qubes-rpc";
constexpr std::string_view local_services = "/usr/local/etc/qubes-rpc";
constexpr std::string_view packaged_services = "/etc/qubes-rpc";

constexpr int no_such_service = 127;
constexpr int wrong_request = 125;

std::string service_path(const ScratchRoot& root)
{
    std::string path;
    for (const auto directory : {volatile_services, local_services, packaged_services}) {
        if (!path.empty())
            path += ':';
        path += root.below(directory);
    }
    return path;
}

// A service that prints what it was started as, a word a line.
std::string add_service(const ScratchRoot& root, std::string_view directory, std::string_view name)
{
    const std::string file = std::string{directory} + "/" + std::string{name};
    root.write(file, "#!/bin/sh\nprintf '%s\\n' \"$0\" \"$@\"\n");
    fs::permissions(root.below(file), fs::perms::owner_all);
    return root.below(file);
}

Outcome ask(const ScratchRoot& root, std::string_view service, std::string_view target = "dom0",
            std::string_view caller = "mgmtvm")
{
    Command command;
    command.program = packaged_program("qrexec-stand-in");
    command.words = {command.program, service_path(root), std::string{caller}, std::string{target},
                     std::string{service}};
    command.environment = root.environment();
    command.environment["PATH"] = "/usr/bin:/bin";
    return run(std::move(command));
}

void check_runs(const Outcome& outcome, const std::string& program, std::string_view argument)
{
    CHECK(outcome.err.empty());
    CHECK(outcome.out == program + "\n" + (argument.empty() ? "" : std::string{argument} + "\n"));
    CHECK(outcome.status == 0);
}

void check_not_found(const Outcome& outcome, int status)
{
    CHECK(outcome.out.empty());
    CHECK_FALSE(outcome.err.empty());
    CHECK(outcome.status == status);
}

} // namespace

TEST_CASE("protocol.md I19: the name with its argument is looked up everywhere, then the bare one")
{
    const ScratchRoot root;
    const std::string bare = add_service(root, local_services, "mgmt.vm.Get");
    const std::string exact = add_service(root, packaged_services, "mgmt.vm.Get+a");
    check_runs(ask(root, "mgmt.vm.Get+a"), exact, "a");
    check_runs(ask(root, "mgmt.vm.Get+b"), bare, "b");
    // Of one name, the first directory counts.
    const std::string nearer = add_service(root, volatile_services, "mgmt.vm.Get+a");
    check_runs(ask(root, "mgmt.vm.Get+a"), nearer, "a");
}

TEST_CASE("protocol.md I20: the bare service gets its argument as a word")
{
    const ScratchRoot root;
    const std::string bare = add_service(root, local_services, "mgmt.vm.Get");
    check_runs(ask(root, "mgmt.vm.Get+a"), bare, "a");
    check_runs(ask(root, "mgmt.vm.Get+a+b"), bare, "a+b");
    check_runs(ask(root, "mgmt.vm.Get"), bare, "");
    check_runs(ask(root, "mgmt.vm.Get+"), bare, "");
    // No file can have this name.
    const std::string argument(300, 'a');
    check_runs(ask(root, "mgmt.vm.Get+" + argument), bare, argument);
}

TEST_CASE("a request without argument looks for the name with its plus first")
{
    const ScratchRoot root;
    add_service(root, local_services, "mgmt.vm.Get");
    const std::string without = add_service(root, packaged_services, "mgmt.vm.Get+");
    check_runs(ask(root, "mgmt.vm.Get"), without, "");
}

TEST_CASE("a link that leads nowhere is found, and is no program; nor is a file without the right")
{
    const ScratchRoot root;
    add_service(root, local_services, "mgmt.vm.Get");
    fs::create_directories(root.below(packaged_services));
    fs::create_symlink("nothing", root.below(packaged_services) + "/mgmt.vm.Get+a");
    check_not_found(ask(root, "mgmt.vm.Get+a"), no_such_service);

    const std::string plain = add_service(root, packaged_services, "mgmt.vm.Set");
    fs::permissions(plain, fs::perms::owner_read);
    check_not_found(ask(root, "mgmt.vm.Set"), no_such_service);
}

TEST_CASE("what qrexec refuses before it looks")
{
    const ScratchRoot root;
    check_not_found(ask(root, "mgmt.vm.Get"), no_such_service);
    check_not_found(ask(root, ""), wrong_request);
    check_not_found(ask(root, "+a"), wrong_request);
    check_not_found(ask(root, std::string(256, 'a') + "+b"), wrong_request);
    check_not_found(ask(root, "mgmt.vm.Get", std::string(64, 'a')), wrong_request);
}

TEST_CASE("a call is found by its link, and knows itself by the name of the link")
{
    const ScratchRoot root{store_text_on_files()};
    const auto install = [&](const std::string& name) {
        fs::create_directories(root.below(packaged_services));
        fs::create_symlink(call_path(name), root.below(packaged_services) + "/" + name);
    };
    install("mgmt.vm.tag.Get");
    const Outcome plain = ask(root, "mgmt.vm.tag.Get+managed-by-mgr", "work", "dom0");
    CHECK(plain.err.empty());
    CHECK(plain.out == "1");
    CHECK(plain.status == 0);
    install("admin.vm.tag.Get");
    const Outcome framed = ask(root, "admin.vm.tag.Get+managed-by-mgr", "work", "dom0");
    CHECK(framed.err.empty());
    CHECK(framed.out == std::string{"0\0001", 3});
    CHECK(framed.status == 0);
}
