// SPDX-License-Identifier: GPL-2.0-or-later
//
// qubes-mgmt-settle on real virtual machines that ended, or were left, in every way.

#include "calls/journal_view.hpp"
#include "calls/machine.hpp"
#include "calls/world.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <thread>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const std::string record = "/run/qubes-mgmt/run/" + std::string{work_uuid};
const std::string dirty = "/var/lib/qm-lvm/appvms/work/private-dirty.img";

Outcome settle(const Machine& machine, std::vector<std::string> words)
{
    return run(machine.session.tool("qubes-mgmt-settle", std::move(words)));
}

void settles(const Machine& machine, std::vector<std::string> words = {std::string{work_uuid}})
{
    const Outcome outcome = settle(machine, std::move(words));
    CHECK(outcome.err == "");
    CHECK(outcome.out == "");
    CHECK(outcome.status == 0);
}

// The qube has ended and nobody has seen it; the worker cleans up, and it starts again.
void check_clean_up(const Machine& machine)
{
    machine.await("work", "Halted");
    CHECK(machine.root.exists(record));
    CHECK(machine.root.exists(dirty));
    settles(machine);
    CHECK(!machine.root.exists(record));
    CHECK(!machine.root.exists(dirty));
    CHECK(events_of(machine.root, "work", "domain-shutdown") == 1);
    settles(machine); // what is done is done
    CHECK(events_of(machine.root, "work", "domain-shutdown") == 1);
    machine.gives({"work", "vm.Start"});
    machine.gives({"work", "vm.Kill"});
    machine.check_tidy("work");
}

bool comes_true(const std::function<bool()>& condition)
{
    for (int i = 0; i < 300 && !condition(); ++i)
        std::this_thread::sleep_for(milliseconds{100});
    return condition();
}

// Starts `work` and ends the Start by SIGKILL while it is in the hook of this event.
void cut_off_start(const Machine& machine, std::string_view event)
{
    const std::string reached = machine.root.below("/run/qubes/reached");
    machine.add_hook(event, "10-wait", "touch " + reached + "; exec sleep 8");
    Process start{machine.session.command({"work", "vm.Start"})};
    REQUIRE(comes_true([&] { return machine.root.exists("/run/qubes/reached"); }));
    start.kill_now();
    CHECK(start.finish().status == 128 + SIGKILL);
}

} // namespace

TEST_CASE("hypervisor.md 24: the worker settles a guest that powered itself off")
{
    const Machine machine{store_without_network(), guest_that_powers_off(18)};
    machine.gives({"work", "vm.Start"});
    check_clean_up(machine);
}

TEST_CASE("hypervisor.md 25: the worker settles a guest that crashed")
{
    const Machine machine{store_without_network(), guest_that_crashes(18)};
    machine.gives({"work", "vm.Start"});
    check_clean_up(machine);
}

TEST_CASE("hypervisor.md 26: the worker settles a guest whose QEMU was killed")
{
    const Machine machine;
    machine.gives({"work", "vm.Start"});
    const pid_t qemu = std::stoi(machine.root.read("/xdg/run/libvirt/qemu/run/work.pid"));
    REQUIRE(::kill(qemu, SIGKILL) == 0);
    check_clean_up(machine);
}

TEST_CASE("the worker leaves a running qube, and what it does not know, alone")
{
    const Machine machine;
    machine.gives({"work", "vm.Start"});
    const std::string before = machine.root.read(record);
    settles(machine);
    CHECK(machine.root.read(record) == before);
    CHECK(machine.state("work") == "Running");
    settles(machine, {"--abort-start", std::string{work_uuid}}); // it came to its end
    CHECK(machine.root.read(record) == before);
    CHECK(machine.state("work") == "Running");
    settles(machine, {"00000000-1111-2222-3333-444444444444"});
    // A run of a qube that the store does not know is forgotten.
    const std::string stale = "/run/qubes-mgmt/run/00000000-1111-2222-3333-444444444444";
    machine.root.write(stale, "name=gone\nphase=running\n");
    settles(machine, {"00000000-1111-2222-3333-444444444444"});
    CHECK(!machine.root.exists(stale));
    machine.gives({"work", "vm.Kill"});
    machine.check_tidy("work");
}

TEST_CASE("the worker refuses what is no uuid")
{
    const Machine machine;
    for (const std::string word : {"work", "", "5e2d8a34-8c0b-4d77-b0f4-6e3b1f8e0e0",
                                   "5e2d8a34-8c0b-4d77-b0f4-6e3b1f8e0e04/"}) {
        INFO(word);
        check_refusal(settle(machine, {word}), "qubes-mgmt-settle", Failure::protocol);
    }
    check_refusal(settle(machine, {}), "qubes-mgmt-settle", Failure::protocol);
}

TEST_CASE("the worker destroys what a Start that was cut off left paused")
{
    const Machine machine;
    cut_off_start(machine, "domain-pre-unpaused");
    CHECK(machine.root.exists(record));
    SECTION("by itself")
    {
        settles(machine);
    }
    SECTION("when told that the start is over")
    {
        settles(machine, {"--abort-start", std::string{work_uuid}});
    }
    machine.check_tidy("work");
}

TEST_CASE("a qube that a Start has resumed before it was cut off runs on, unless it is told")
{
    const Machine machine;
    cut_off_start(machine, "domain-unpaused");
    CHECK(machine.root.read(record).find("phase=created") != std::string::npos);
    SECTION("by itself")
    {
        settles(machine);
        CHECK(machine.root.read(record).find("phase=running") != std::string::npos);
        CHECK(machine.state("work") == "Running");
        machine.gives({"work", "vm.Kill"});
    }
    SECTION("when told that the start is over")
    {
        settles(machine, {"--abort-start", std::string{work_uuid}});
    }
    machine.check_tidy("work");
}
