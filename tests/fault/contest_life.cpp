// SPDX-License-Identifier: GPL-2.0-or-later
//
// Verbs of a qube's life beside each other, and beside a hypervisor that hangs.

#include "calls/simulated.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <functional>
#include <iostream>
#include <memory>
#include <random>
#include <thread>

using namespace qmgmt;
using namespace qmgmt::test;
using simulated::Host;

namespace {

using std::chrono::milliseconds;
using Words = std::vector<std::string>;

const Ask start{"work", "vm.Start"};
const Ask kill_it{"work", "vm.Kill"};

using Call = std::unique_ptr<Process>;

Call begin(const Host& host, const Ask& ask)
{
    return std::make_unique<Process>(remote_command(host.root, ask));
}

// A Kill that must be done within a second.
void kill_in_time(const Host& host, std::string_view beside)
{
    const auto begin = std::chrono::steady_clock::now();
    host.gives(kill_it, "");
    const auto took =
        std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - begin);
    std::printf("Kill beside %-42s %4lld ms\n", std::string{beside}.c_str(),
                static_cast<long long>(took.count()));
    std::fflush(stdout);
    CHECK(took < milliseconds{1000});
}

constexpr std::string_view short_patience = "timeout-define = 3\ntimeout-start = 3\n"
                                            "timeout-resume = 3\n";

} // namespace

TEST_CASE("hypervisor.md 19: a client starts beside the Shutdown of its netvm, 200 times")
{
    const Host host;
    const Ask stop_netvm{"sys-firewall", "vm.Shutdown"};
    host.gives({"sys-firewall", "vm.Start"}, "");
    std::minstd_rand random{11}; // NOLINT: the same moments in each run, as far as can be
    std::uniform_int_distribution<int> lead{-25, 25};
    int refused = 0;
    int restarted = 0;
    for (int i = 0; i < 200; ++i) {
        INFO("round " << i);
        const int head_start = lead(random);
        Call starting;
        Call stopping;
        const auto go = [&](Call& call, const Ask& ask, int after) {
            std::this_thread::sleep_for(milliseconds{std::max(0, after)});
            call = begin(host, ask);
        };
        const int id = host.hypervisor.domain(firewall_uuid).id;
        if (head_start >= 0) {
            go(starting, start, 0);
            go(stopping, stop_netvm, head_start);
        } else {
            go(stopping, stop_netvm, 0);
            go(starting, start, -head_start);
        }
        const Outcome started = starting->finish();
        const Outcome stopped = stopping->finish();
        CHECK(started.err == "");
        CHECK(started.status == 0);
        CHECK(host.hypervisor.domain(work_uuid).active());
        CHECK(host.hypervisor.domain(firewall_uuid).active());
        CHECK((stopped.status == 0 || stopped.status == static_cast<int>(Failure::in_use)));
        // Refused, or done before the client looked, which then started it anew.
        CHECK((stopped.status == 0) == (host.hypervisor.domain(firewall_uuid).id != id));
        ++(stopped.status == 0 ? restarted : refused);
        host.gives(kill_it, "");
    }
    std::cout << refused << " Shutdowns refused, " << restarted
              << " netvms started again by their client" << std::endl;
    CHECK(refused > 0);
    CHECK(restarted > 0);
    host.check_tidy("work", work_uuid);
    host.check_runs("sys-firewall", firewall_uuid);
}

TEST_CASE("hypervisor.md 21: Kill beside a Shutdown that waits for a guest that does not listen")
{
    const Host host{simulated::store_without_network()};
    host.gives(start, "");
    host.hypervisor.turn(work_uuid, "ignores-shutdown", 1);
    const Call waiting = begin(host, {"work", "vm.Shutdown", "wait"});
    host.hypervisor.await("shutdown");
    CHECK_FALSE(waiting->ends_within(milliseconds{300}));
    kill_in_time(host, "a waiting Shutdown");
    const Outcome waited = waiting->finish(milliseconds{2000});
    CHECK(waited.err == "");
    CHECK(waited.status == 0);
    host.check_tidy("work", work_uuid);
    CHECK(host.count("work", "domain-shutdown") == 1);
}

TEST_CASE("hypervisor.md 21: a Shutdown that waits takes a new start for what it waited for")
{
    const Host host{simulated::store_without_network()};
    host.gives(start, "");
    host.hypervisor.turn(work_uuid, "ignores-shutdown", 1);
    const Call waiting = begin(host, {"work", "vm.Shutdown", "wait"});
    host.hypervisor.await("shutdown");
    host.gives(kill_it, "");
    host.gives(start, "");
    const Outcome waited = waiting->finish(milliseconds{2000});
    CHECK(waited.err == "");
    CHECK(waited.status == 0);
    host.check_runs("work", work_uuid);
}

TEST_CASE("Kill beside a Start that hangs in the hypervisor is done within a second")
{
    for (const std::string_view hang : {"define before", "define after", "create before",
                                        "create after", "resume before", "resume after"}) {
        INFO(hang);
        const Host host{simulated::store_without_network(), short_patience};
        host.hypervisor.trouble("hang " + std::string{hang});
        const Call hanging = begin(host, start);
        host.hypervisor.await(hang.substr(0, hang.find(' ')));
        std::this_thread::sleep_for(milliseconds{100});
        kill_in_time(host, "a Start that hangs in " + std::string{hang});
        CHECK(host.state("work") == "Halted");
        check_refusal(hanging->finish(), "mgmt.vm.Start", Failure::timeout);
        CHECK_FALSE(host.hypervisor.domain(work_uuid).active());
        host.hypervisor.heal();
        host.gives(kill_it, ""); // the next one settles what the Start could not
        host.check_tidy("work", work_uuid);
        host.gives(start, "");
        host.check_runs("work", work_uuid);
    }
}

TEST_CASE("What a Start that ran out of time has left is taken back at once, by nobody else's call")
{
    for (const std::string_view hang :
         {"define before", "create before", "create after", "resume before"}) {
        INFO(hang);
        const Host host{simulated::store_without_network(),
                        "timeout-define = 0.3\ntimeout-start = 0.3\ntimeout-resume = 0.3\n"};
        host.hypervisor.trouble("hang " + std::string{hang});
        check_refusal(run_call(host.root, start), "mgmt.vm.Start", Failure::timeout);
        const Deadline deadline = Deadline::in(milliseconds{10'000});
        while (!host.record(work_uuid).empty() && !deadline.passed())
            std::this_thread::sleep_for(milliseconds{20});
        host.fails({"work", "vm.Pause"}, failure::not_running); // waits for its lock
        host.check_tidy("work", work_uuid);
        // Once there was a domain, its end is that of any other.
        CHECK(host.count("work", "domain-start-failed") + host.count("work", "domain-shutdown") ==
              1);
    }
}

TEST_CASE("Kill beside a Start that is slow: the Start gives up and clears up after itself")
{
    const auto slow_hook = [](std::string_view event) {
        return [event](const Host& host) {
            host.add_hook(event, "50-slow", "echo > \"$ROOT/reached\"; sleep 2");
        };
    };
    const auto slow = [](const char* operation) {
        return [operation](const Host& host) {
            host.hypervisor.trouble("delay " + std::string{operation} + " 2000");
        };
    };
    struct Row {
        std::string_view where;
        std::function<void(const Host&)> slow_down;
    };
    for (const Row& row : {Row{"hook domain-pre-start", slow_hook("domain-pre-start")},
                           Row{"hook domain-pre-spawn", slow_hook("domain-pre-spawn")},
                           Row{"define", slow("define")}, Row{"create", slow("create")},
                           Row{"hook domain-spawn", slow_hook("domain-spawn")},
                           Row{"hook domain-pre-unpaused", slow_hook("domain-pre-unpaused")},
                           Row{"resume", slow("resume")}}) {
        INFO(row.where);
        const Host host{simulated::store_without_network()};
        row.slow_down(host);
        const Call starting = begin(host, start);
        if (row.where.starts_with("hook")) {
            for (int i = 0; i < 500 && !host.root.exists("/reached"); ++i)
                std::this_thread::sleep_for(milliseconds{10});
            REQUIRE(host.root.exists("/reached"));
        } else {
            host.hypervisor.await(row.where);
        }
        kill_in_time(host, "a slow " + std::string{row.where});
        const Outcome outcome = starting->finish();
        CHECK(outcome.status != 0);
        CHECK_FALSE(outcome.timed_out);
        host.check_tidy("work", work_uuid);
        CHECK(host.count("work", "domain-start-failed") == 1);
        CHECK(host.count("work", "domain-start") == 0);
        host.hypervisor.heal();
        host.remove_hooks();
        host.gives(start, "");
        host.check_runs("work", work_uuid);
    }
}

TEST_CASE("hypervisor.md 20: three Kills at once destroy once and all succeed")
{
    const Host host{simulated::store_without_network()};
    host.gives(start, "");
    host.hypervisor.forget_log();
    host.hypervisor.trouble("delay destroy 100");
    std::array<Call, 3> kills;
    for (Call& kill : kills)
        kill = begin(host, kill_it);
    for (const Call& kill : kills) {
        const Outcome outcome = kill->finish();
        CHECK(outcome.err == "");
        CHECK(outcome.status == 0);
    }
    const auto orders = host.hypervisor.orders(work_uuid);
    CHECK(std::ranges::count(orders, "destroy done") == 1);
    host.check_tidy("work", work_uuid);
    CHECK(host.count("work", "domain-shutdown") == 1);
}

TEST_CASE("hypervisor.md 11: a caller that goes away in the middle of Start does not halve it")
{
    for (const int signal : {SIGTERM, SIGHUP, SIGINT, SIGPIPE}) {
        for (const char* const operation : {"define", "create", "resume"}) {
            INFO(operation << ", signal " << signal);
            const Host host{simulated::store_without_network()};
            host.hypervisor.trouble("delay " + std::string{operation} + " 200");
            const Call starting = begin(host, start);
            host.hypervisor.await(operation);
            REQUIRE(::kill(starting->pid(), signal) == 0);
            static_cast<void>(starting->finish());
            if (host.hypervisor.domain(work_uuid).active())
                host.check_runs("work", work_uuid);
            else
                host.check_tidy("work", work_uuid);
        }
    }
}
