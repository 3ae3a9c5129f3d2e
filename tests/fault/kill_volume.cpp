// SPDX-License-Identifier: GPL-2.0-or-later
//
// kill -9 before every step of the verbs on volumes and pools. Afterwards each image is the old or
// the new one, never a mixture, no older state is lost, and the next call works and clears up.

#include "fault/histogram.hpp"
#include "fault/trace.hpp"
#include "fault/volume_victim.hpp"
#include "support/catch.hpp"

#include <csignal>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

constexpr std::size_t often_enough = 5; // a kind of step, of those that many verbs have
constexpr std::size_t least_kills = 300;

// What every change does in the same way; and locking and flushing leave no trace of themselves.
bool is_common(const std::string& step)
{
    return step.starts_with("lock ") || step.starts_with("fsync ") || step.starts_with("chmod ") ||
           step.find(" /run/qubes") != std::string::npos ||
           step.find("/var/lib/qubes/qubes.xml") != std::string::npos ||
           step == "mkdir /var/lib/qubes" || step == "mkdir /var/lib/qubes-mgmt";
}

// Renames decide: each is looked at from both sides.
bool decides(const std::vector<std::string>& steps, std::size_t at)
{
    return steps[at].starts_with("rename ") || (at > 0 && steps[at - 1].starts_with("rename "));
}

} // namespace

TEST_CASE(
    "volumes: killed at any step of a verb, the old or the new content is there, and complete")
{
    Histogram all;
    for (const VolumeVictim& victim : volume_victims()) {
        const auto whole = ready_for(victim);
        if (!whole)
            continue;
        const Disks before = whole->disks();
        const Trace undisturbed =
            trace(whole->root, remote_command(whole->root, victim.ask(*whole)));
        INFO(victim.title << ": " << undisturbed.said);
        REQUIRE(undisturbed.status == 0);
        const Disks done = whole->disks();
        Histogram histogram;
        for (std::size_t at = 0; at < undisturbed.steps.size(); ++at) {
            const std::string& step = undisturbed.steps[at];
            if (is_hypervisors(step) || (is_common(step) && all.of(step) >= often_enough &&
                                         !decides(undisturbed.steps, at)))
                continue;
            const auto next = static_cast<Next>(histogram.total() % next_count);
            const auto host = ready_for(victim);
            const Trace killed = kill_at(host->root, remote_command(host->root, victim.ask(*host)),
                                         at, When::before);
            INFO(victim.title << ", killed before step " << at << ": " << step << ", then "
                              << name_of(next));
            REQUIRE(killed.hit);
            CHECK(killed.status == 128 + SIGKILL);
            CHECK(killed.steps.back() == step);
            histogram.add(step);
            all.add(step);
            check_survived(*host, victim, before, done, next);
        }
        std::cout << victim.title << ":\n";
        histogram.print();
        CHECK(histogram.total() >= 4);
    }
    std::cout << "All verbs:\n";
    all.print();
    CHECK(all.total() >= least_kills);
}
