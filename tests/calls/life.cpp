// SPDX-License-Identifier: GPL-2.0-or-later
//
// The life of qubes on real virtual machines: hypervisor.md j.

#include "calls/journal_view.hpp"
#include "calls/machine.hpp"
#include "calls/world.hpp"
#include "support/catch.hpp"

#include <chrono>
#include <cstdio>
#include <functional>
#include <memory>
#include <sys/stat.h>
#include <thread>
#include <vector>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Clock = std::chrono::steady_clock;

milliseconds time_of(const std::function<void()>& work)
{
    const auto begin = Clock::now();
    work();
    return std::chrono::duration_cast<milliseconds>(Clock::now() - begin);
}

std::string run_record(std::string_view uuid)
{
    return "/run/qubes-mgmt/run/" + std::string{uuid};
}

// Appends "EVENT QUBE" to /hooks.log below the root.
void log_hooks(const Machine& machine, const std::vector<std::string_view>& events)
{
    machine.root.write("/hooks.log", "");
    ::chmod(machine.root.below("/hooks.log").c_str(), 0666);
    for (const std::string_view event : events)
        machine.add_hook(event, "10-log", "echo \"$1 $2\" >> " + machine.root.below("/hooks.log"));
}

std::string number_of_run(const Machine& machine, std::string_view uuid)
{
    const std::string record = machine.root.read(run_record(uuid));
    const auto at = record.find("xid=") + 4;
    return record.substr(at, record.find('\n', at) - at);
}

} // namespace

TEST_CASE("hypervisor.md 1 2: Start of a qube that is halted, and of one that runs")
{
    const Machine machine;
    machine.gives({"work", "vm.Start"});
    CHECK(machine.state("work") == "Running");
    const std::string record = machine.root.read(run_record(work_uuid));
    CHECK(record.find("phase=running\n") != std::string::npos);
    CHECK(record.find("name=work\n") != std::string::npos);
    CHECK(std::stoi(number_of_run(machine, work_uuid)) > 0);
    CHECK(machine.root.exists("/run/qubes/volume-running-lvm:appvms-work-root"));
    machine.gives({"work", "vm.Start"});
    CHECK(machine.root.read(run_record(work_uuid)) == record);
    machine.gives({"work", "vm.Kill"});
    machine.check_tidy("work");
}

TEST_CASE("hypervisor.md 3: four Starts at once give one run")
{
    const Machine machine;
    log_hooks(machine, {"domain-pre-start", "domain-start"});
    std::vector<std::unique_ptr<Process>> starts;
    for (int i = 0; i < 4; ++i)
        starts.push_back(std::make_unique<Process>(machine.session.command({"work", "vm.Start"})));
    for (const auto& start : starts) {
        const Outcome outcome = start->finish();
        CHECK(outcome.status == 0);
        CHECK(outcome.err == "");
    }
    CHECK(machine.root.read("/hooks.log") == "domain-pre-start work\ndomain-start work\n");
    CHECK(machine.state("work") == "Running");
    machine.gives({"work", "vm.Kill"});
}

TEST_CASE("hypervisor.md 5 18: Start brings up the chain of netvms, the farthest first")
{
    const Machine machine{store_of_guests()};
    log_hooks(machine, {"domain-pre-start", "domain-start", "domain-shutdown"});
    machine.gives({"work", "vm.Start"});
    CHECK(machine.root.read("/hooks.log") ==
          "domain-pre-start work\ndomain-pre-start sys-firewall\ndomain-pre-start sys-net\n"
          "domain-start sys-net\ndomain-start sys-firewall\ndomain-start work\n");
    for (const char* const qube : {"work", "sys-firewall", "sys-net"})
        CHECK(machine.state(qube) == "Running");

    // 18: a netvm in use stays.
    const Outcome refused = machine.session.run_call({"sys-firewall", "vm.Shutdown"});
    CHECK(refused.status == 5);
    CHECK(refused.err == "mgmt.vm.Shutdown: in-use: There are other VMs connected to this VM: "
                         "work\n");
    machine.gives({"work", "vm.Pause"}); // paused clients count, too
    machine.fails({"sys-firewall", "vm.Shutdown"}, failure::vm_in_use);
    machine.await_guest("sys-firewall");
    machine.gives({"sys-firewall", "vm.Shutdown", "force+wait"});
    CHECK(machine.state("sys-firewall") == "Halted");
    CHECK(machine.state("work") == "Paused");
    machine.gives({"work", "vm.Kill"});
    machine.gives({"sys-net", "vm.Kill"});
    for (const char* const qube : {"work", "sys-firewall", "sys-net"})
        machine.check_tidy(qube);
}

TEST_CASE("hypervisor.md 6: a netvm that cannot start keeps its client off")
{
    const Machine machine{store_of_guests()};
    machine.add_hook("domain-pre-start", "veto", "[ \"$2\" != sys-net ]");
    const Outcome outcome = machine.session.run_call({"work", "vm.Start"});
    CHECK(outcome.status == 1);
    CHECK(outcome.err ==
          "mgmt.vm.Start: failed: the netvm 'sys-net' does not start: a hook refused it "
          "for 'sys-net'\n");
    CHECK(!machine.root.exists("/var/lib/qm-lvm/appvms/work/root-dirty.img"));
    for (const char* const qube : {"work", "sys-firewall", "sys-net"})
        machine.check_tidy(qube);
}

TEST_CASE("hypervisor.md 12: prohibit-start says why and touches nothing")
{
    const Machine machine{with(store_without_network(), R"(<feature name="gui"></feature>
        <feature name="service.cups">1</feature>)",
                               R"(<feature name="prohibit-start">under repair</feature>)")};
    log_hooks(machine, {"domain-pre-start", "domain-start-failed"});
    const Outcome outcome = machine.session.run_call({"work", "vm.Start"});
    CHECK(outcome.status == 1);
    CHECK(outcome.err == "mgmt.vm.Start: failed: cannot start 'work': under repair\n");
    CHECK(machine.root.read("/hooks.log") == "");
    machine.check_tidy("work");
}

TEST_CASE("hypervisor.md 13: Shutdown asks the guest and returns")
{
    const Machine machine;
    machine.gives({"work", "vm.Start"});
    machine.await_guest("work");
    const auto took = time_of([&] { machine.gives({"work", "vm.Shutdown"}); });
    std::printf("Shutdown returned after %ld ms\n", static_cast<long>(took.count()));
    machine.await("work", "Halted");
    CHECK(machine.root.exists(run_record(work_uuid))); // a reader settles nothing
    machine.gives({"work", "vm.Shutdown"});
    machine.check_tidy("work");
}

TEST_CASE("hypervisor.md 14 17: Shutdown right after Start waits and asks again; of a halted qube")
{
    const Machine machine;
    machine.gives({"work", "vm.Start"});
    machine.gives({"work", "vm.Shutdown", "wait"});
    machine.check_tidy("work");
    machine.gives({"work", "vm.Shutdown"});
    machine.gives({"work", "vm.Shutdown", "force+wait"});
    machine.fails({"work", "vm.Shutdown", "now"}, failure::protocol);
    machine.fails({"dom0", "vm.Shutdown"}, failure::protocol);
}

TEST_CASE("hypervisor.md 15 21: a guest that ignores its power button runs on")
{
    const Machine machine{store_without_network(), guest_that_ignores()};
    machine.root.configure("hypervisor = qemu:///session\nstore-dialect = current\n");
    machine.gives({"work", "vm.property.Set", "shutdown_timeout", "2"});
    machine.gives({"work", "vm.Start"});
    machine.await_guest("work");
    Outcome outcome;
    const auto took = time_of([&] {
        outcome = machine.session.run_call({"work", "vm.Shutdown", "wait"});
    });
    CHECK(outcome.status == 9);
    CHECK(outcome.err == "mgmt.vm.Shutdown: timeout: Domain shutdown timed out: 'work'\n");
    CHECK(took >= seconds{2});
    CHECK(took < seconds{8});
    CHECK(machine.state("work") == "Running");
    CHECK(events_of(machine.root, "work", "domain-shutdown-failed") == 1);

    // 21: a Kill ends the waiting, too.
    machine.gives({"work", "vm.property.Set", "shutdown_timeout", "60"});
    Process waiting{machine.session.command({"work", "vm.Shutdown", "wait"})};
    std::this_thread::sleep_for(seconds{1});
    machine.gives({"work", "vm.Kill"});
    const Outcome waited = waiting.finish(seconds{20});
    CHECK(waited.status == 0);
    CHECK(waited.err == "");
    machine.check_tidy("work");
}

TEST_CASE("hypervisor.md 16 22: Pause, Unpause, and Shutdown of a paused qube")
{
    const Machine machine;
    machine.fails({"work", "vm.Pause"}, failure::not_running);
    machine.fails({"work", "vm.Unpause"}, failure::not_paused);
    machine.gives({"work", "vm.Start"});
    machine.gives({"work", "vm.Unpause"});
    machine.gives({"work", "vm.Pause"});
    CHECK(machine.state("work") == "Paused");
    machine.gives({"work", "vm.Pause"});
    machine.fails({"work", "vm.Start"}, failure::not_halted);
    machine.fails({"work", "vm.Shutdown"}, failure::not_running);
    machine.gives({"work", "vm.Unpause"});
    CHECK(machine.state("work") == "Running");
    machine.gives({"work", "vm.Unpause"});
    machine.gives({"work", "vm.Pause"});
    machine.gives({"work", "vm.Shutdown", "force"});
    machine.check_tidy("work");
}

TEST_CASE("hypervisor.md 20: three Kills at once")
{
    const Machine machine{store_without_network(), guest_that_ignores()};
    machine.gives({"work", "vm.Start"});
    std::vector<std::unique_ptr<Process>> kills;
    for (int i = 0; i < 3; ++i)
        kills.push_back(std::make_unique<Process>(machine.session.command({"work", "vm.Kill"})));
    for (const auto& kill : kills) {
        const Outcome outcome = kill->finish();
        CHECK(outcome.status == 0);
        CHECK(outcome.err == "");
    }
    machine.check_tidy("work");
    machine.gives({"work", "vm.Start"});
    machine.gives({"work", "vm.Pause"});
    machine.gives({"work", "vm.Kill"});
    machine.check_tidy("work");
}

TEST_CASE("hypervisor.md 24: a guest that powers itself off is settled by the next Start")
{
    const Machine machine{store_without_network(), guest_that_powers_off(18)};
    log_hooks(machine, {"domain-stopped", "domain-shutdown", "domain-start"});
    machine.gives({"work", "vm.Start"});
    machine.await("work", "Halted");
    CHECK(machine.root.exists(run_record(work_uuid)));
    machine.gives({"work", "vm.Start"});
    CHECK(machine.root.read("/hooks.log") == "domain-start work\ndomain-stopped work\n"
                                             "domain-shutdown work\ndomain-start work\n");
    machine.await("work", "Halted");
    machine.gives({"work", "vm.Kill"}); // a changing call settles
    machine.check_tidy("work");
}

TEST_CASE("hypervisor.md 25: a guest that crashes is halted, and starts again")
{
    const Machine machine{store_without_network(), guest_that_crashes(18)};
    machine.gives({"work", "vm.Start"});
    machine.await("work", "Halted");
    machine.gives({"work", "vm.Start"});
    machine.await("work", "Halted");
    machine.gives({"work", "vm.Shutdown"});
    machine.check_tidy("work");
}

TEST_CASE("hypervisor.md 36: a definition that a removed qube of the name left gives way")
{
    const Machine machine;
    machine.gives({"work", "vm.Start"});
    machine.gives({"work", "vm.Kill"});
    constexpr std::string_view other = "5e2d8a34-8c0b-4d77-b0f4-6e3b1f8e0eff";
    machine.root.set_store(with(machine.root.store(), work_uuid, other));
    machine.gives({"work", "vm.Start"});
    CHECK(machine.state("work") == "Running");
    machine.gives({"work", "vm.Kill"});
    machine.check_tidy("work");
}

TEST_CASE("hypervisor.md 36: a domain that is not ours keeps its name")
{
    const Machine machine;
    machine.session.start_paused("work", "5e2d8a34-8c0b-4d77-b0f4-6e3b1f8e0eff");
    const Outcome outcome = machine.session.run_call({"work", "vm.Start"});
    CHECK(outcome.status == 5);
    machine.check_tidy("work");
}

TEST_CASE("hypervisor.md 39: an image that cannot be read")
{
    const Machine machine;
    const std::string image = machine.root.below("/var/lib/qm-lvm/appvms/work/private.img");
    REQUIRE(::rename(image.c_str(), (image + ".away").c_str()) == 0);
    const Outcome outcome = machine.session.run_call({"work", "vm.Start"});
    CHECK(outcome.status == 1);
    CHECK(outcome.err.find("/var/lib") == std::string::npos);
    machine.check_tidy("work");
    REQUIRE(::rename((image + ".away").c_str(), image.c_str()) == 0);
    machine.gives({"work", "vm.Start"});
    machine.gives({"work", "vm.Kill"});
}

TEST_CASE("hypervisor.md 40: more memory than the host has")
{
    const Machine machine;
    machine.gives({"work", "vm.property.Set", "memory", "99999999"});
    const Outcome outcome = machine.session.run_call({"work", "vm.Start"});
    CHECK(outcome.status == 15);
    CHECK(outcome.err == "mgmt.vm.Start: resources: Not enough memory to start domain 'work'\n");
    machine.check_tidy("work");
}

TEST_CASE("CurrentState says what a qube uses")
{
    const Machine machine;
    machine.gives({"work", "vm.CurrentState"},
                  "mem=0 mem_static_max=0 cputime=0 power_state=Halted");
    machine.gives({"dom0", "vm.CurrentState"},
                  "mem=0 mem_static_max=0 cputime=0 power_state=Running");
    machine.gives({"work", "vm.Start"});
    const std::string row = machine.session.run_call({"work", "vm.CurrentState"}).out;
    INFO(row);
    CHECK(row.starts_with("mem=32768 mem_static_max="));
    CHECK(row.find(" cputime=0 ") == std::string::npos);
    CHECK(row.ends_with(" power_state=Running"));
    machine.gives({"work", "vm.Kill"});
}
