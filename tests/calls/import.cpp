// SPDX-License-Identifier: GPL-2.0-or-later
//
// New content for volumes through real pipes; numbers are the test vectors of storage.md 9.

#include "calls/simulated.hpp"
#include "calls/stream.hpp"
#include "calls/world.hpp"
#include "support/catch.hpp"

#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <poll.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

using namespace qmgmt;
using namespace qmgmt::test;
using simulated::Host;

namespace {

constexpr std::size_t mib = std::size_t{1} << 20;
constexpr std::string_view image = "/var/lib/qm-lvm/appvms/work/private.img";
constexpr std::string_view target = "/var/lib/qm-lvm/appvms/work/private-import.img";
constexpr std::string_view old_size = "5368709120";

const Ask import{"work", "vm.volume.Import", "private"};
const Ask import_with_size{"work", "vm.volume.ImportWithSize", "private"};

struct Imports : World {
    Imports() : World{store_text_on_files()} { root.make_images(); }
    // Whose private has one mebibyte.
    static void shrink(const World& world, const std::string& content = std::string(mib, 'a'))
    {
        const Outcome outcome = stream_to(world.root, import_with_size,
                                          std::to_string(content.size()) + "\n" + content);
        INFO(outcome.err);
        REQUIRE(outcome.status == 0);
    }
};

std::string content_of(const World& world)
{
    return world.root.read(image);
}

// As make_images wrote it: the file is as large as the volume.
bool is_old(const World& world)
{
    std::string head(9, '\0');
    const Fd file{::open(world.root.below(image).c_str(), O_RDONLY | O_CLOEXEC)};
    return ::pread(file.get(), head.data(), head.size(), 0) == 9 && head == "image of ";
}

std::string size_in_store(const World& world)
{
    return world.view().volume("work", "private", "size");
}

std::string revisions(const World& world)
{
    return world.reply({"work", "vm.volume.ListSnapshots", "private"});
}

std::uint64_t allocated(const World& world)
{
    struct stat facts {};
    REQUIRE(::stat(world.root.below(image).c_str(), &facts) == 0);
    return static_cast<std::uint64_t>(facts.st_blocks) * 512;
}

void check_old(const World& world)
{
    CHECK(is_old(world));
    CHECK(size_in_store(world) == old_size);
    CHECK(revisions(world).empty());
    CHECK_FALSE(world.root.exists(target));
}

// Until the call holds the volume and data flows.
void wait_for_target(const World& world)
{
    for (int i = 0; i < 1000 && !world.root.exists(target); ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds{10});
    REQUIRE(world.root.exists(target));
}

} // namespace

TEST_CASE("storage.md 73: Import takes exactly what the volume holds")
{
    const Imports world;
    Imports::shrink(world);
    const std::string before = identity_of(world.root.below(store_path));
    const std::string content(mib, 'b');
    Outcome outcome = stream_to(world.root, import, content);
    CHECK(outcome.status == 0);
    CHECK(outcome.out.empty());
    CHECK(outcome.err.empty());
    CHECK(content_of(world) == content);
    CHECK(revisions(world) == "2\n"); // of "a"; it keeps one
    CHECK(identity_of(world.root.below(store_path)) == before);

    outcome = stream_to(world.root, import, content.substr(1));
    check_refusal(outcome, "mgmt.vm.volume.Import", Failure::failed);
    CHECK(outcome.err.find("not enough data (copied 1048575, expected 1048576)") !=
          std::string::npos);
    outcome = stream_to(world.root, import, std::string(mib + 1, 'c'));
    check_refusal(outcome, "mgmt.vm.volume.Import", Failure::failed);
    CHECK(outcome.err.find("too much data (expected 1048576)") != std::string::npos);
    check_refusal(stream_to(world.root, import, ""), "mgmt.vm.volume.Import", Failure::failed);
    CHECK(content_of(world) == content);
    CHECK(revisions(world) == "2\n");
    CHECK_FALSE(world.root.exists(target));

    world.gives({"work", "vm.volume.Revert", "private", "2"}, "");
    CHECK(content_of(world) == std::string(mib, 'a'));

    Ask framed = import;
    framed.call = "admin.vm.volume.Import";
    CHECK(stream_to(world.root, framed, content).out == std::string("0\0", 2));
    check_exception(stream_to(world.root, framed, "x"), failure::failed);
}

TEST_CASE("storage.md 74: ImportWithSize says the size first")
{
    const Imports world;
    for (const char* const head :
         {"1048576", "0\n", "1000001\n", "1234567890123456789012\n", "\n", "-1\n", "01\n", "1e9\n",
          " 512\n", "512 \n", "10000000000000000000\n", "no-int\n", ""})
        check_refusal(stream_to(world.root, import_with_size, head),
                      "mgmt.vm.volume.ImportWithSize", Failure::protocol);
    check_old(world);
    Imports::shrink(world);
    CHECK(content_of(world) == std::string(mib, 'a'));
    CHECK(size_in_store(world) == "1048576");
    const std::string info = world.reply({"work", "vm.volume.Info", "private"});
    CHECK(info.find("size=1048576\n") != std::string::npos);
    CHECK(revisions(world) == "1\n");
}

TEST_CASE("storage.md 75: a gigabyte of zeros takes no room")
{
    const Imports world;
    Streaming call{remote_command(world.root, import_with_size)};
    CHECK(call.send("1073741824\n"));
    CHECK(call.send_zeros(1024 * mib));
    CHECK(call.finish().status == 0);
    CHECK(std::filesystem::file_size(world.root.below(image)) == 1024 * mib);
    CHECK(allocated(world) <= 65536);
}

TEST_CASE("storage.md 76: the line with the size comes as it likes")
{
    for (const std::vector<std::string>& pieces :
         {std::vector<std::string>{"512\n" + std::string(512, 'x')},
          std::vector<std::string>{"5", "12", "\n", std::string(512, 'x')},
          std::vector<std::string>{"512\nx", std::string(511, 'x')}}) {
        const Imports world;
        Streaming call{remote_command(world.root, import_with_size)};
        for (const std::string& piece : pieces) {
            CHECK(call.send(piece));
            std::this_thread::sleep_for(std::chrono::milliseconds{30});
        }
        CHECK(call.finish().status == 0);
        CHECK(content_of(world) == std::string(512, 'x'));
    }
}

TEST_CASE("storage.md 77: only a halted qube, only a volume with data of its own")
{
    const Host host{simulated::store_without_network()};
    host.gives({"work", "vm.Start"}, "");
    Streaming call{remote_command(host.root, import)};
    const bool all_taken = call.send_zeros(64 * mib); // it goes, and the sender hears of it
    CHECK_FALSE(all_taken);
    check_refusal(call.finish(), "mgmt.vm.volume.Import", Failure::wrong_state);
    CHECK_FALSE(host.root.exists(target));
    host.gives({"work", "vm.Kill"}, "");
    CHECK(stream_to(host.root, import_with_size, "512\n" + std::string(512, 'x')).status == 0);
    for (const char* const role : {"root", "volatile", "kernel"})
        check_refusal(stream_to(host.root, {"work", "vm.volume.Import", role}, "x"),
                      "mgmt.vm.volume.Import", Failure::unsupported);
    check_refusal(stream_to(host.root, {"work", "vm.volume.Import", "nosuch"}, "x"),
                  "mgmt.vm.volume.Import", Failure::not_found);
}

TEST_CASE("storage.md 43 78: while a volume is imported it cannot be imported, started or removed")
{
    const Imports world;
    Streaming first{remote_command(world.root, import_with_size)};
    CHECK(first.send("1048576\n" + std::string(mib / 2, 'f')));
    wait_for_target(world);
    const auto with_limit = [](std::vector<std::string> words) {
        words.insert(words.begin(), {"--plain", "--dest=work", "--timeout=0.5"});
        return words;
    };
    const Outcome second =
        run_local(world.root, "vm.volume.ImportWithSize", with_limit({"--arg=private"}),
                  "512\n" + std::string(512, 's'));
    check_refusal(second, "mgmt.vm.volume.ImportWithSize", Failure::busy);
    CHECK(second.err.find("mgmt.vm.volume.ImportWithSize (pid ") != std::string::npos);
    check_refusal(run_local(world.root, "vm.volume.Clear", with_limit({"--arg=private"})),
                  "mgmt.vm.volume.Clear", Failure::busy);
    check_refusal(run_local(world.root, "vm.Remove", with_limit({})), "mgmt.vm.Remove",
                  Failure::busy);
    // The qube itself is free.
    world.gives({"work", "vm.tag.Set", "while-it-streams"}, "");

    SECTION("the first one ends, and the second, which waited, begins")
    {
        Streaming waiting{remote_command(world.root, import_with_size)};
        CHECK(waiting.send("512\n" + std::string(512, 's')));
        CHECK_FALSE(waiting.process().ends_within(std::chrono::milliseconds{300}));
        CHECK(first.send(std::string(mib / 2, 'f')));
        CHECK(first.finish().status == 0);
        CHECK(waiting.finish().status == 0);
        CHECK(content_of(world) == std::string(512, 's'));
        CHECK(revisions(world) == "2\n");
    }
    SECTION("the first one is killed, and the second begins")
    {
        first.process().kill_now();
        CHECK(first.process().finish().status == 128 + SIGKILL);
        CHECK(world.root.exists(target));
        Imports::shrink(world, std::string(4096, 's'));
        CHECK(content_of(world) == std::string(4096, 's'));
        CHECK_FALSE(world.root.exists(target));
        CHECK(revisions(world) == "1\n");
    }
    SECTION("the sender goes away in the middle")
    {
        check_refusal(first.finish(), "mgmt.vm.volume.ImportWithSize", Failure::failed);
        check_old(world);
    }
}

TEST_CASE("storage.md 80: an entry that goes while data comes ends the import")
{
    const Imports world;
    Streaming call{remote_command(world.root, import_with_size)};
    CHECK(call.send("1048576\n" + std::string(mib / 2, 'f')));
    wait_for_target(world);
    std::string text = world.root.store();
    const auto begin = text.find("<domain id=\"domain-4\"");
    REQUIRE(begin != std::string::npos);
    const auto end = text.find("</domain>", begin) + 9;
    REQUIRE(text.substr(begin, end - begin).find(">work<") != std::string::npos);
    world.root.set_store(text.erase(begin, end - begin));
    CHECK(call.send(std::string(mib / 2, 'f')));
    check_refusal(call.finish(), "mgmt.vm.volume.ImportWithSize", Failure::not_found);
    CHECK(is_old(world));
    CHECK_FALSE(world.root.exists(target));
}

TEST_CASE("an import that is asked to stop takes back what it began")
{
    for (const int signal : {SIGTERM, SIGHUP, SIGINT}) {
        INFO(signal);
        const Imports world;
        Streaming call{remote_command(world.root, import_with_size)};
        CHECK(call.send("1048576\n" + std::string(mib / 2, 'f')));
        wait_for_target(world);
        REQUIRE(::kill(call.process().pid(), signal) == 0);
        CHECK(call.process().ends_within(std::chrono::seconds{10}));
        check_refusal(call.finish(), "mgmt.vm.volume.ImportWithSize", Failure::cancelled);
        check_old(world);
    }
}

TEST_CASE("an import whose data stalls ends when --timeout says so")
{
    const Imports world;
    Streaming call{local_command(world.root, "vm.volume.ImportWithSize",
                                 {"--plain", "--dest=work", "--arg=private", "--timeout=1"})};
    CHECK(call.send("1048576\nx"));
    CHECK(call.process().ends_within(std::chrono::seconds{10}));
    check_refusal(call.finish(), "mgmt.vm.volume.ImportWithSize", Failure::timeout);
    check_old(world);
}

TEST_CASE("storage.md 81: Clear leaves nothing but zeros, and keeps what there was")
{
    const Imports world;
    Imports::shrink(world);
    world.gives({"work", "vm.volume.Clear", "private"}, "");
    CHECK(content_of(world) == std::string(mib, '\0'));
    CHECK(allocated(world) == 0);
    CHECK(size_in_store(world) == "1048576");
    world.gives({"work", "vm.volume.Revert", "private", "2"}, "");
    CHECK(content_of(world) == std::string(mib, 'a'));
    world.fails({"work", "vm.volume.Clear", "root"}, failure::unsupported);

    const Host host{simulated::store_without_network()};
    host.gives({"work", "vm.Start"}, "");
    host.fails({"work", "vm.volume.Clear", "private"}, failure::not_halted);
}

TEST_CASE("storage.md 9 10 11: pool.volume.Import in each form, of a volume that somebody has")
{
    const Imports world;
    Imports::shrink(world);
    const std::string content(mib, 'p');
    const Ask by_vid{"dom0", "pool.volume.Import", "lvm:appvms/work/private"};
    CHECK(stream_to(world.root, by_vid, content).status == 0);
    CHECK(content_of(world) == content);
    const Ask encoded{"dom0", "pool.volume.Import", "lvm+3Aappvms+2Fwork+2Fprivate"};
    CHECK(stream_to(world.root, encoded, std::string(mib, 'q')).status == 0);
    CHECK(content_of(world) == std::string(mib, 'q'));
    const Ask by_pool{"dom0", "pool.volume.Import", "lvm"};
    CHECK(stream_to(world.root, by_pool, "appvms/work/private\n" + content).status == 0);
    CHECK(content_of(world) == content);

    for (const std::string& head :
         {std::string{}, std::string{"appvms/work/private"}, std::string{"appvms/work/private x\n"},
          std::string{"appvms/../x\n"}, std::string(256, 'v') + "\n", std::string{"\n"}})
        check_refusal(stream_to(world.root, by_pool, head + content), "mgmt.pool.volume.Import",
                      Failure::protocol);
    check_refusal(stream_to(world.root, by_pool, "appvms/nobody/private\n" + content),
                  "mgmt.pool.volume.Import", Failure::not_found);
    world.root.write("/var/lib/qm-lvm/appvms/nobody/private.img", "mine");
    check_refusal(stream_to(world.root, by_pool, "appvms/nobody/private\n" + content),
                  "mgmt.pool.volume.Import", Failure::denied);
    CHECK(world.root.read("/var/lib/qm-lvm/appvms/nobody/private.img") == "mine");
}

TEST_CASE("a person sees how far an import has come, a pipe sees nothing; no data is typed")
{
    const Imports world;
    const Fd terminal{::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)};
    REQUIRE(terminal);
    REQUIRE(::grantpt(terminal.get()) == 0);
    REQUIRE(::unlockpt(terminal.get()) == 0);
    const std::string name = ::ptsname(terminal.get());
    Command command = local_command(world.root, "vm.volume.ImportWithSize",
                                    {"--plain", "--dest=work", "--arg=private"});
    const Command plain = command;
    // Keeps the terminal open until it was read.
    command.words = {"/bin/sh",       "-c",      "exec 3<>" + name + "; \"$0\" \"$@\" 2>&3",
                     command.program, "--plain", "--dest=work",
                     "--arg=private"};
    command.program = "/bin/sh";
    const Fd kept{::open(name.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC)};
    Streaming call{std::move(command)};
    CHECK(call.send("1048576\n" + std::string(mib, 'x')));
    CHECK(call.finish().status == 0);
    std::array<char, 4096> seen{};
    const ssize_t got = ::read(terminal.get(), seen.data(), seen.size());
    REQUIRE(got > 0);
    const std::string text{seen.data(), static_cast<std::size_t>(got)};
    CHECK(text.find("1.0 MiB of 1.0 MiB, 100 %") != std::string::npos);
    CHECK(text.ends_with("\r\n"));

    Streaming quiet{plain};
    CHECK(quiet.send("1048576\n" + std::string(mib, 'y')));
    CHECK(quiet.finish().err.empty());

    Command typed = plain;
    typed.input_from = kept.get();
    check_refusal(run(std::move(typed)), "mgmt.vm.volume.ImportWithSize", Failure::protocol);
}
