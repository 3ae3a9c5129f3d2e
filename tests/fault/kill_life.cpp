// SPDX-License-Identifier: GPL-2.0-or-later
//
// The verbs of a qube's life are killed at every step, and are refused every step by the kernel.
// Whatever the moment, the next call works: it ends what was cut off, or leaves what runs alone,
// and afterwards nothing is left of either.

#include "calls/simulated.hpp"
#include "fault/answer.hpp"
#include "fault/histogram.hpp"
#include "fault/trace.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <array>
#include <csignal>

using namespace qmgmt;
using namespace qmgmt::test;
using simulated::Host;

namespace {

constexpr std::size_t often_enough = 4; // for errors of one step that is repeated

const Ask start{"work", "vm.Start"};
const Ask kill_it{"work", "vm.Kill"};

constexpr std::string_view private_image = "/var/lib/qm-lvm/appvms/work/private.img";

// What is killed, and in which state of the qube.
struct Victim {
    std::string_view title;
    Ask ask;
    enum class Before { halted, runs, paused, gone } before; // gone: it stopped, nobody settled
};

const std::vector<Victim>& victims()
{
    using Before = Victim::Before;
    static const std::vector<Victim> all{
        {"Start of a halted qube", start, Before::halted},
        {"Start of one that stopped by itself", start, Before::gone},
        {"Kill of a running qube", kill_it, Before::runs},
        {"Kill of one that stopped by itself", kill_it, Before::gone},
        {"Shutdown and wait", {"work", "vm.Shutdown", "wait"}, Before::runs},
        {"Shutdown by force of a paused qube", {"work", "vm.Shutdown", "force"}, Before::paused},
        {"Pause", {"work", "vm.Pause"}, Before::runs},
        {"Unpause", {"work", "vm.Unpause"}, Before::paused},
    };
    return all;
}

struct Ready {
    explicit Ready(const Victim& victim)
    {
        using Before = Victim::Before;
        if (victim.before == Before::halted)
            return;
        host.gives(start, "");
        const int id = host.hypervisor.domain(work_uuid).id;
        if (victim.before == Before::paused)
            host.hypervisor.set(work_uuid, 3, 1, id);
        if (victim.before == Before::gone)
            host.hypervisor.set(work_uuid, 5, 1, -1);
    }

    Host host{simulated::store_without_network()};
};

// The next call is a Start or a Kill; both must find their way from here.
void check_survived(const Host& host, bool restarts)
{
    const int id = host.hypervisor.domain(work_uuid).id;
    const std::string state = host.state("work");
    const std::array<std::string_view, 4> possible{"Halted", "Transient", "Running", "Paused"};
    CHECK(std::ranges::find(possible, state) != possible.end());
    CHECK(host.root.exists(private_image));
    if (restarts && state == "Paused") {
        host.fails(start, failure::not_halted); // paused by somebody: not ours to wake
        host.gives({"work", "vm.Unpause"}, "");
        host.check_runs("work", work_uuid);
    } else if (restarts) {
        host.gives(start, "");
        host.check_runs("work", work_uuid);
        if (state == "Running")
            CHECK(host.hypervisor.domain(work_uuid).id == id); // left alone
    }
    host.gives(kill_it, "");
    host.check_tidy("work", work_uuid);
    if (restarts)
        return;
    host.gives(start, "");
    host.check_runs("work", work_uuid);
}

} // namespace

TEST_CASE("hypervisor.md 9 10: killed at every step of a verb, a qube can be started and stopped")
{
    for (const Victim& victim : victims()) {
        Histogram histogram;
        const Ready whole{victim};
        const Trace undisturbed =
            trace(whole.host.root, remote_command(whole.host.root, victim.ask));
        REQUIRE(undisturbed.status == 0);
        bool restarts = false;
        for (std::size_t at = 0; at < undisturbed.steps.size(); ++at) {
            if (is_hypervisors(undisturbed.steps[at]) && !makes_it_true(undisturbed.steps[at]))
                continue;
            // Before a step is where the one before it has ended.
            const bool first = histogram.total() == 0;
            for (const When when : {When::before, When::after}) {
                if (when == When::before && !first)
                    continue;
                restarts = !restarts;
                const Ready ready{victim};
                const Trace killed =
                    kill_at(ready.host.root, remote_command(ready.host.root, victim.ask), at, when);
                INFO(victim.title << ", killed " << (when == When::before ? "before" : "after")
                                  << " step " << at << ": " << undisturbed.steps[at] << ", then "
                                  << (restarts ? "Start" : "Kill"));
                REQUIRE(killed.hit);
                CHECK(killed.status == 128 + SIGKILL);
                CHECK(killed.steps.back() == undisturbed.steps[at]);
                histogram.add(killed.steps.back());
                check_survived(ready.host, restarts);
            }
        }
        std::cout << victim.title << ":\n";
        histogram.print();
        CHECK(histogram.total() >= 4);
    }
}

TEST_CASE("errors: refused any step, a verb says so or does without, and the next one works")
{
    for (const Victim& victim : victims()) {
        Histogram histogram;
        const Ready whole{victim};
        const Trace undisturbed =
            trace(whole.host.root, remote_command(whole.host.root, victim.ask));
        REQUIRE(undisturbed.status == 0);
        bool restarts = false;
        std::size_t refused = 0;
        for (std::size_t at = 0; at < undisturbed.steps.size(); ++at) {
            const std::string& step = undisturbed.steps[at];
            if (is_hypervisors(step) || histogram.of(step) == often_enough)
                continue;
            // What a stopped qube was told is forgotten, and a temporary image that did not go is
            // removed, at its next Start at the latest.
            restarts = !restarts || step.find("/qdb/") != std::string::npos ||
                       (step.starts_with("unlink ") && step.ends_with("~"));
            const Ready ready{victim};
            const Host& host = ready.host;
            const Trace failed = fail_at(host.root, remote_command(host.root, victim.ask), at);
            INFO(victim.title << ", refused step " << at << ": " << step << ", then "
                              << (restarts ? "Start" : "Kill"));
            REQUIRE(failed.hit);
            check_answer(failed, victim.ask);
            if (failed.status != 0 && victim.ask.call == start.call)
                CHECK_FALSE(host.hypervisor.domain(work_uuid).active());
            host.check_locks_free();
            histogram.add(step);
            refused += failed.status != 0 ? 1 : 0;
            check_survived(host, restarts);
        }
        std::cout << victim.title << ", steps that failed (" << refused << " of them told):\n";
        histogram.print();
        CHECK(histogram.total() >= 4);
    }
}
