// SPDX-License-Identifier: GPL-2.0-or-later
//
// Shutdown, Kill, Pause and Unpause, as far as real guests cannot show them: states that pass too
// quickly, a hypervisor that refuses, clients of a netvm.

#include "calls/simulated.hpp"
#include "support/catch.hpp"

#include <chrono>
#include <functional>

using namespace qmgmt;
using namespace qmgmt::test;
using simulated::Host;

namespace {

using Words = std::vector<std::string>;
using std::chrono::milliseconds;

const Ask start{"work", "vm.Start"};
const Ask kill_it{"work", "vm.Kill"};
const Ask shut_down{"work", "vm.Shutdown"};
const Ask shut_down_and_wait{"work", "vm.Shutdown", "wait"};

constexpr std::string_view dvm_uuid = "b6b6c6d2-2b52-4b0a-9c57-0c5b2a7d9e06";

struct Running : Host {
    explicit Running(const std::string& text = simulated::store_without_network(),
                     std::string_view configuration = "")
        : Host{text, configuration}
    {
        gives(start, "");
        hypervisor.forget_log();
    }

    // As somebody else would.
    void becomes(int state) const
    {
        hypervisor.set(work_uuid, state, 1, state == 5 ? -1 : hypervisor.domain(work_uuid).id);
    }
};

milliseconds time_of(const std::function<void()>& work)
{
    const auto begin = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - begin);
}

} // namespace

TEST_CASE("hypervisor.md 16: Shutdown of a qube that cannot hear it, without and with force")
{
    for (const int state : {3, 6, 7}) {
        INFO("state " << state);
        const Running host;
        host.becomes(state);
        host.fails(shut_down, failure::not_running);
        host.fails(shut_down_and_wait, failure::not_running);
        CHECK(host.hypervisor.orders().empty());
        CHECK(host.hypervisor.domain(work_uuid).state == state);
        host.gives({"work", "vm.Shutdown", "force"}, "");
        CHECK(host.hypervisor.orders(work_uuid) == Words{"destroy done"});
        host.check_tidy("work", work_uuid);
        CHECK(host.count("work", "domain-shutdown") == 1);
    }
}

TEST_CASE("hypervisor.md 17: Shutdown and Kill of a halted qube ask for nothing")
{
    const Host host{simulated::store_without_network()};
    host.write_hooks_down();
    for (const Ask& ask :
         {shut_down, shut_down_and_wait, {"work", "vm.Shutdown", "force"}, kill_it})
        host.gives(ask, "");
    CHECK(host.hypervisor.orders().empty());
    CHECK(host.hooks_run().empty());
    CHECK(host.events("work").empty());
    host.check_tidy("work", work_uuid);
}

TEST_CASE("hypervisor.md 18: a netvm in use is not shut down, unless by force")
{
    const Host host{simulated::store(), "qemu-net = user\n"};
    host.gives(start, "");
    const Ask shut_firewall{"sys-firewall", "vm.Shutdown"};
    host.hypervisor.set(dvm_uuid, 3, 1, 50);
    host.hypervisor.forget_log();
    host.fails(shut_firewall, failure::vm_in_use);
    CHECK(run_call(host.root, shut_firewall)
              .err.ends_with("connected to this VM: fedora-25-dvm, "
                             "work\n")); // sorted, paused or not
    CHECK(host.hypervisor.orders().empty());
    host.hypervisor.set(dvm_uuid, 5, 1, -1);
    CHECK(run_call(host.root, shut_firewall).err.ends_with("connected to this VM: work\n"));
    CHECK(host.hypervisor.live_xml(work_uuid).find("<interface") != std::string::npos);

    host.gives({"sys-firewall", "vm.Shutdown", "force+wait"}, "");
    host.check_tidy("sys-firewall", firewall_uuid);
    host.check_runs("work", work_uuid);
    CHECK(host.hypervisor.live_xml(work_uuid).find("<interface") == std::string::npos);
    CHECK(host.hypervisor.orders(work_uuid) == Words{"detach done"});
    // It comes back, and the client has its network again.
    host.gives({"sys-firewall", "vm.Start"}, "");
    CHECK(host.hypervisor.live_xml(work_uuid).find("<interface") != std::string::npos);
}

TEST_CASE("hypervisor.md 18: a disposable made in advance does not keep its netvm up")
{
    for (const bool preloaded : {false, true}) {
        const Host host{simulated::with_feature(simulated::with_disposable(simulated::store()),
                                                "fedora-25-dvm", "preload-dispvm",
                                                preloaded ? "disp76 disp77" : "disp76"),
                        "store-dialect = current\n"};
        host.gives({"sys-firewall", "vm.Start"}, "");
        host.hypervisor.set(simulated::disposable_uuid, 1, 1, 60);
        host.root.set_store(with(host.root.store(),
                                 "<property name=\"netvm\"></property>"
                                 "<property name=\"qid\">30",
                                 "<property name=\"qid\">30"));
        const Ask shut_firewall{"sys-firewall", "vm.Shutdown", "wait"};
        if (preloaded)
            host.gives(shut_firewall, "");
        else
            host.fails(shut_firewall, failure::vm_in_use);
    }
}

TEST_CASE("Shutdown that the hypervisor or a hook refuses: the qube runs on, and it is noted once")
{
    const Running host;
    host.write_hooks_down();
    host.hypervisor.trouble("fail shutdown 1 1/10/0 before\nfail shutdown 1 86/10/0 before");
    check_refusal(run_call(host.root, shut_down), "mgmt.vm.Shutdown",
                  {Failure::failed, Failure::timeout});
    CHECK(host.count("work", "domain-shutdown-failed") == 1);
    CHECK(host.hooks_run() == Words{"domain-pre-shutdown work", "domain-shutdown-failed work"});
    host.check_runs("work", work_uuid);
    host.hypervisor.heal();
    host.hypervisor.forget_log();
    host.add_hook("domain-pre-shutdown", "50-veto", "exit 1");
    host.fails(shut_down, failure::vm_failed);
    CHECK(host.hypervisor.orders().empty());
    host.check_runs("work", work_uuid);
    host.remove_hooks();
    host.gives(shut_down_and_wait, "");
    host.check_tidy("work", work_uuid);
}

TEST_CASE("Shutdown of a guest that takes its time: at once without wait, with it when it is off")
{
    const Running host;
    host.hypervisor.turn(work_uuid, "shutdown-takes", 1500);
    CHECK(time_of([&] { host.gives(shut_down, ""); }) < milliseconds{1000});
    CHECK(host.state("work") == "Running");
    CHECK(time_of([&] { host.gives(shut_down_and_wait, ""); }) > milliseconds{500});
    host.check_tidy("work", work_uuid);
    CHECK(host.count("work", "domain-shutdown") == 1);
}

TEST_CASE("hypervisor.md 15: a guest that does not listen is asked again, and never destroyed")
{
    const Running host{simulated::with_property(simulated::store_without_network(), "work",
                                                "shutdown_timeout", "6")};
    host.hypervisor.turn(work_uuid, "ignores-shutdown", 1);
    host.write_hooks_down();
    const auto took = time_of([&] {
        check_refusal(run_call(host.root, shut_down_and_wait), "mgmt.vm.Shutdown",
                      Failure::timeout);
    });
    CHECK(took >= milliseconds{6000});
    CHECK(took < milliseconds{8000});
    CHECK(host.hypervisor.orders(work_uuid) == Words{"shutdown done", "shutdown done"});
    CHECK(host.count("work", "domain-shutdown-failed") == 1);
    host.check_runs("work", work_uuid);
}

TEST_CASE("hypervisor.md 20: Kill of a guest that hears nothing, in every state that it can be in")
{
    for (const int state : {1, 3, 4, 6, 7}) {
        INFO("state " << state);
        const Running host;
        host.hypervisor.turn(work_uuid, "ignores-shutdown", 1);
        host.becomes(state);
        host.gives(kill_it, "");
        CHECK(host.hypervisor.orders(work_uuid) == Words{"destroy done"});
        host.check_tidy("work", work_uuid);
        CHECK(host.count("work", "domain-shutdown") == 1);
    }
}

TEST_CASE("Kill that fails leaves the run as it is; one that was outrun succeeds")
{
    const Running host;
    host.hypervisor.trouble("fail destroy 1 1/10/0 before");
    check_refusal(run_call(host.root, kill_it), "mgmt.vm.Kill", Failure::failed);
    host.check_runs("work", work_uuid);
    CHECK(host.count("work", "domain-shutdown") == 0);
    host.hypervisor.trouble("fail destroy 1 55/10/0 after"); // it went while we asked
    host.gives(kill_it, "");
    host.check_tidy("work", work_uuid);
}

TEST_CASE("A domain that dies slowly is waited for, and its volumes are not touched before")
{
    const Running host;
    host.hypervisor.turn(work_uuid, "dying-for", 1500);
    Process kill{remote_command(host.root, kill_it)};
    host.hypervisor.await("destroy");
    CHECK_FALSE(kill.ends_within(milliseconds{300}));
    CHECK(host.state("work") == "Dying");
    CHECK(host.root.exists("/var/lib/qm-lvm/appvms/work/private-dirty.img"));
    CHECK(kill.finish().status == 0);
    host.check_tidy("work", work_uuid);
    // A Start settles first, and so waits, too.
    host.gives(start, "");
    host.gives(shut_down, "");
    CHECK(host.state("work") == "Dying");
    host.gives(start, "");
    host.check_runs("work", work_uuid);
    CHECK(host.count("work", "domain-shutdown") == 2);
}

TEST_CASE("hypervisor.md 22: Pause and Unpause twice, of a halted qube, and when they fail")
{
    const Ask pause{"work", "vm.Pause"};
    const Ask unpause{"work", "vm.Unpause"};
    const Host host{simulated::store_without_network()};
    host.fails(pause, failure::not_running);
    host.fails(unpause, failure::not_paused);
    host.gives(start, "");
    host.hypervisor.forget_log();
    host.gives(unpause, "");
    host.gives(pause, "");
    host.gives(pause, "");
    CHECK(host.hypervisor.orders(work_uuid) == Words{"suspend done"});
    CHECK(host.state("work") == "Paused");
    host.hypervisor.trouble("fail resume 1 1/10/0 before");
    CHECK(run_call(host.root, unpause).status == static_cast<int>(Failure::failed));
    CHECK(host.state("work") == "Paused");
    host.gives(unpause, "");
    host.hypervisor.trouble("fail suspend 1 87/10/0 before");
    CHECK(run_call(host.root, pause).status == static_cast<int>(Failure::busy));
    CHECK(host.state("work") == "Running");
    host.add_hook("domain-pre-paused", "50-veto", "exit 1");
    host.fails(pause, failure::vm_failed);
    host.check_runs("work", work_uuid);
    for (const int state : {4, 6, 7}) {
        host.hypervisor.set(work_uuid, state, 0, host.hypervisor.domain(work_uuid).id);
        host.fails(pause, failure::not_running);
        host.fails(unpause, failure::not_paused);
    }
}

TEST_CASE("hypervisor.md 24 25: a qube that went by itself is Halted; who changes it settles it")
{
    for (const int reason : {1, 3, 0}) { // powered off, crashed, found gone by a new daemon
        INFO("reason " << reason);
        const Running host;
        host.write_hooks_down();
        host.hypervisor.set(work_uuid, 5, reason, -1);
        CHECK(host.state("work") == "Halted");
        CHECK_FALSE(host.record(work_uuid).empty()); // a reading call changes nothing
        CHECK(host.hooks_run().empty());
        host.gives(start, "");
        host.check_runs("work", work_uuid);
        CHECK(host.hooks_run().at(0) == "domain-stopped work");
        CHECK(host.hooks_run().at(1) == "domain-shutdown work");
        CHECK(host.count("work", "domain-shutdown") == 1);
        CHECK(host.events("work").back() == "domain-start");
    }
    const Host host{simulated::store_without_network()};
    host.hypervisor.turn(work_uuid, "crashes-after", 200);
    host.gives(start, "");
    host.check_runs("work", work_uuid);
    for (int i = 0; i < 100 && host.state("work") != "Halted"; ++i)
        ::usleep(20'000);
    host.gives(kill_it, "");
    host.check_tidy("work", work_uuid);
}
