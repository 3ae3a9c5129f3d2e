// SPDX-License-Identifier: GPL-2.0-or-later
//
// The hook of libvirt under a libvirt of the system. Runs below tests/support/private-host.

#include "calls/journal_view.hpp"
#include "calls/machine.hpp"
#include "calls/world.hpp"
#include "support/catch.hpp"
#include "support/private_host.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <elf.h>
#include <functional>
#include <poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <thread>
#include <unistd.h>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Clock = std::chrono::steady_clock;

const std::string records = "/run/qubes-mgmt/run/";
const std::string work_record = records + std::string{work_uuid};
const std::string strange_uuid = "00000000-1111-2222-3333-444444444444";
const std::string dirty = "/var/lib/qm-lvm/appvms/work/private-dirty.img";

milliseconds time_of(const std::function<void()>& work)
{
    const auto begin = Clock::now();
    work();
    return std::chrono::duration_cast<milliseconds>(Clock::now() - begin);
}

bool comes_true(milliseconds limit, const std::function<bool()>& condition)
{
    const auto end = Clock::now() + limit;
    while (!condition()) {
        if (Clock::now() > end)
            return false;
        std::this_thread::sleep_for(milliseconds{5});
    }
    return true;
}

ScratchRoot& filled(ScratchRoot& root, const std::string& guest)
{
    root.make_images();
    const std::string image = "/var/lib/qm-lvm/vm-templates/fedora-25/root.img";
    root.write(image, guest);
    root.write("/guest.img", guest);
    root.write(records + "nothing", ""); // the directory is there
    return root;
}

struct Host {
    explicit Host(const std::string& guest = guest_image())
        : root{store_without_network()}, host{filled(root, guest)}
    {
    }

    void gives(const Ask& ask) const
    {
        INFO(describe(ask));
        const Outcome outcome = run_call(root, ask);
        CHECK(outcome.err == "");
        CHECK(outcome.status == 0);
    }

    // Until its QEMU has ended.
    [[nodiscard]] bool ends(std::string_view name) const
    {
        const Fd process{static_cast<int>(::syscall(SYS_pidfd_open, host.qemu(name), 0))};
        pollfd wait{process.get(), POLLIN, 0};
        return ::poll(&wait, 1, 30'000) == 1;
    }

    [[nodiscard]] bool settled(milliseconds limit = seconds{10}) const
    {
        return comes_true(limit, [&] { return !root.exists(work_record); });
    }

    void start_foreign(const std::string& name, const std::string& uuid) const
    {
        host.domain({"start-paused", name, uuid, root.below("/guest.img")});
    }

    // The hook as libvirtd starts it, for the end of a domain.
    [[nodiscard]] Outcome run_hook(std::string document, std::string operation = "release") const
    {
        return run({host.hook(),
                    {host.hook(), "some 'name' \"of\" <it>", std::move(operation), "end", "-"},
                    {{"LC_ALL", "C"}},
                    std::move(document)});
    }

    ScratchRoot root;
    PrivateHost host;
};

milliseconds shortest_destroy(const Host& machine)
{
    milliseconds shortest{seconds{60}};
    for (int i = 0; i < 3; ++i) {
        machine.gives({"work", "vm.Start"});
        shortest = std::min(shortest, time_of([&] {
                                machine.host.domain({"destroy", std::string{work_uuid}});
                            }));
        machine.gives({"work", "vm.Kill"}); // settles
    }
    return shortest;
}

std::string document_of(std::string_view uuid, std::size_t size = 0)
{
    return "<domain type='qemu' id='1'>\n  <name>a&apos;b&quot;&lt;uuid&gt;</name>\n  <uuid>" +
           std::string{uuid} + "</uuid>\n  <description>" + std::string(size, 'x') +
           "</description>\n</domain>\n";
}

} // namespace

TEST_CASE("hypervisor.md 41: a guest that stops by itself is settled without any call")
{
    Host machine{guest_that_powers_off(18)};
    machine.host.install_hook();
    machine.host.start_daemon();
    for (int round = 1; round <= 2; ++round) {
        machine.gives({"work", "vm.Start"});
        CHECK(machine.root.exists(dirty));
        REQUIRE(machine.ends("work"));
        const milliseconds time = time_of([&] { CHECK(machine.settled()); });
        std::printf("settled %lld ms after the end of the guest\n",
                    static_cast<long long>(time.count()));
        CHECK(time < seconds{1});
        CHECK(!machine.root.exists(dirty));
        CHECK(events_of(machine.root, "work", "domain-shutdown") ==
              static_cast<std::size_t>(round));
    }
}

TEST_CASE("hypervisor.md 41: the hook does not delay a destroy")
{
    Host machine;
    machine.host.start_daemon();
    const milliseconds without = shortest_destroy(machine);
    machine.host.stop_daemon();
    machine.host.install_hook();
    machine.host.start_daemon();
    const milliseconds with_hook = shortest_destroy(machine);
    std::printf("destroy without the hook: %lld ms, with it: %lld ms\n",
                static_cast<long long>(without.count()), static_cast<long long>(with_hook.count()));
    CHECK(with_hook <= without + milliseconds{100});
}

TEST_CASE("hypervisor.md 41 42: domains of others, with any name and size, come and go")
{
    Host machine;
    machine.host.install_hook();
    machine.host.start_daemon();
    // More than a pipe holds: libvirtd is still writing when the hook has read enough.
    const std::string large = std::string{"big</name><description>"} + std::string(100'000, 'x') +
                              "</description><name>big";
    const std::string quoted = "a&apos;b &quot;c&quot; $(touch x); &lt;uuid&gt;" +
                               std::string{work_uuid} + "&lt;|uuid&gt;";
    std::string uuid = strange_uuid;
    for (const std::string& name : {quoted, large}) {
        machine.root.write(work_record, "name=work\nphase=prepared\n");
        uuid.back() = name == large ? '1' : '0';
        machine.start_foreign(name, uuid);
        CHECK(time_of([&] { machine.host.domain({"destroy", uuid}); }) < seconds{5});
        std::this_thread::sleep_for(milliseconds{300});
        CHECK(machine.root.exists(work_record)); // nobody was told about this one
    }
}

TEST_CASE("hypervisor.md 42: a hook that cannot be run, or whose worker dies, breaks nothing")
{
    Host machine{guest_that_powers_off(9)};
    machine.host.install_hook();
    const auto replace_worker = [&](std::string_view script, mode_t mode) {
        ::unlink(machine.host.worker().c_str());
        machine.root.write("/libexec/qubes-mgmt-settle", script);
        ::chmod(machine.host.worker().c_str(), mode);
    };
    SECTION("the hook may not be executed")
    {
        ::chmod(machine.host.hook().c_str(), 0644);
    }
    SECTION("the worker is killed")
    {
        replace_worker("#!/bin/sh\nkill -KILL $$\n", 0755);
    }
    SECTION("the worker may not be executed")
    {
        replace_worker("", 0644);
    }
    SECTION("the worker does not end")
    {
        replace_worker("#!/bin/sh\nexec sleep 30\n", 0755);
    }
    machine.host.start_daemon();
    for (int round = 0; round < 2; ++round) {
        machine.gives({"work", "vm.Start"}); // the second settles what the first left
        REQUIRE(machine.ends("work"));
        std::this_thread::sleep_for(milliseconds{300});
        CHECK(machine.root.exists(work_record));
    }
    machine.gives({"work", "vm.Kill"});
    CHECK(!machine.root.exists(work_record));
}

TEST_CASE("the hook starts the worker for what has a run record, and for nothing else")
{
    const Host machine;
    const std::string record = records + strange_uuid;
    const auto is_told = [&](const std::string& document) {
        machine.root.write(record, "name=gone\n"); // which the store does not know: forgotten
        Outcome outcome;
        CHECK(time_of([&] { outcome = machine.run_hook(document); }) < milliseconds{900});
        CHECK(outcome.status == 0);
        CHECK(outcome.out + outcome.err == "");
        return comes_true(milliseconds{700}, [&] { return !machine.root.exists(record); });
    };
    CHECK(is_told(document_of(strange_uuid)));
    CHECK(is_told(document_of(strange_uuid, 1 << 20)));
    CHECK_FALSE(is_told(document_of(work_uuid)));
    CHECK_FALSE(is_told(""));
    CHECK_FALSE(is_told("<domain><name>no uuid</name>" + std::string(1 << 20, 'x')));
    CHECK_FALSE(is_told(std::string(4'080, ' ') + document_of(strange_uuid)));
    CHECK_FALSE(is_told("<uuid>" + strange_uuid));
    CHECK_FALSE(is_told("<uuid>" + strange_uuid + "0</uuid>"));
    CHECK_FALSE(is_told("<uuid>../" + strange_uuid + "</uuid>"));
    CHECK_FALSE(is_told("<uuid>0000000g-1111-2222-3333-444444444444</uuid>"));
    CHECK_FALSE(is_told(std::string("\0\xff<uuid>\0\0\0</uuid>", 18)));
    std::string noise(1 << 20, '\0');
    for (std::size_t i = 0; i < noise.size(); ++i)
        noise[i] = static_cast<char>(i * 2'654'435'761U >> 11U);
    CHECK_FALSE(is_told(noise));
    for (const char* operation : {"prepare", "start", "started", "stopped", "reconnect", ""}) {
        CHECK(machine.run_hook(document_of(strange_uuid), operation).status == 0);
        CHECK(machine.root.exists(record));
    }
    CHECK(run({machine.host.hook(), {machine.host.hook()}, {}, ""}).status == 0);
}

TEST_CASE("the hook ends although its input does not, and reads none when it is not concerned")
{
    const Host machine;
    const std::string fifo = machine.root.below("/never-ends");
    REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
    const auto time_with = [&](const std::string& operation) {
        return time_of([&] {
            const Outcome outcome = run({"/bin/sh",
                                         {"sh", "-c", R"(exec "$2" name "$3" end - <>"$1")", "sh",
                                          fifo, machine.host.hook(), operation},
                                         {},
                                         ""});
            CHECK(outcome.status == 0);
        });
    };
    CHECK(time_with("release") < seconds{3});
    CHECK(time_with("prepare") < milliseconds{500});
}

TEST_CASE("the hook asks libvirt nothing: it waits for no daemon, and loads no library")
{
    Host machine;
    machine.host.start_daemon();
    const std::string record = records + strange_uuid;
    machine.root.write(record, "name=gone\n");
    REQUIRE(::kill(machine.host.daemon(), SIGSTOP) == 0);
    CHECK(time_of([&] { CHECK(machine.run_hook(document_of(strange_uuid)).status == 0); }) <
          milliseconds{900});
    REQUIRE(::kill(machine.host.daemon(), SIGCONT) == 0);

    const std::string program = machine.root.read("/libexec/qubes-mgmt-libvirt-hook");
    Elf64_Ehdr header{};
    REQUIRE(program.copy(reinterpret_cast<char*>(&header), sizeof header) == sizeof header);
    CHECK(header.e_type == ET_DYN); // at a random address
    for (std::size_t i = 0; i < header.e_phnum; ++i) {
        Elf64_Phdr segment{};
        program.copy(reinterpret_cast<char*>(&segment), sizeof segment,
                     header.e_phoff + i * sizeof segment);
        CHECK(segment.p_type != PT_INTERP); // no loader, no libraries
    }
}
