// SPDX-License-Identifier: GPL-2.0-or-later
//
// kill -9 at every step of the verbs of a qube's life. Whatever the moment, the next call works: it
// ends what was cut off, or leaves what runs alone, and afterwards nothing is left of either.

#include "calls/simulated.hpp"
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

// The hypervisor is no part of a call: of its steps only the one counts that makes its answer true.
bool counts(const std::string& step)
{
    return step.find(" /xdg/") == std::string::npos ||
           step.starts_with("rename /run/qubes-mgmt/xdg/libvirt/fake-libvirt~");
}

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
            if (!counts(undisturbed.steps[at]))
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
                REQUIRE(killed.killed);
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
