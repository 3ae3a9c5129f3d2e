// SPDX-License-Identifier: GPL-2.0-or-later
//
// The verbs on volumes and pools, refused one step after the other by the kernel: no space for what
// grows, an error of the device for all else. They say so in one line or do without, nothing is
// lost, and the next call works.

#include "calls/stream.hpp"
#include "fault/answer.hpp"
#include "fault/histogram.hpp"
#include "fault/trace.hpp"
#include "fault/volume_victim.hpp"
#include "support/catch.hpp"
#include "support/file_systems.hpp"

#include <sys/statvfs.h>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

constexpr std::size_t often_enough = 5; // one step of one verb, when it is repeated
constexpr std::size_t least_errors = 300;

// What every change does in the same way, at the same places.
bool is_common(const std::string& step)
{
    return step.find(" /run/qubes") != std::string::npos ||
           step.find("/var/lib/qubes/qubes.xml") != std::string::npos ||
           step == "mkdir /var/lib/qubes" || step == "mkdir /var/lib/qubes-mgmt";
}

std::size_t free_bytes(const std::string& directory)
{
    struct statvfs facts {};
    REQUIRE(::statvfs(directory.c_str(), &facts) == 0);
    return facts.f_bfree * facts.f_frsize;
}

} // namespace

TEST_CASE("volumes: refused any step, a verb says so or does without, and nothing is lost")
{
    Histogram all;
    for (const VolumeVictim& victim : volume_victims()) {
        const auto whole = ready_for(victim);
        if (!whole)
            continue;
        const Disks before = whole->disks();
        const Trace undisturbed =
            trace(whole->root, remote_command(whole->root, victim.ask(*whole)));
        REQUIRE(undisturbed.status == 0);
        const Disks done = whole->disks();
        Histogram histogram;
        std::size_t told = 0;
        for (std::size_t at = 0; at < undisturbed.steps.size(); ++at) {
            const std::string& step = undisturbed.steps[at];
            if (is_hypervisors(step) || histogram.of(step) == often_enough ||
                (is_common(step) && all.of(step) >= often_enough))
                continue;
            // A temporary image that did not go waits for the next use of its volume.
            const bool stays = step.starts_with("unlink ") && step.ends_with("~");
            const auto next =
                stays ? Next::boot : static_cast<Next>(histogram.total() % next_count);
            const auto host = ready_for(victim);
            const Ask ask = victim.ask(*host);
            const Trace failed = fail_at(host->root, remote_command(host->root, ask), at);
            INFO(victim.title << ", refused step " << at << ": " << step << ", then "
                              << name_of(next) << "\n"
                              << failed.status << " " << failed.said);
            REQUIRE(failed.hit);
            histogram.add(step);
            all.add(step);
            told += failed.status != 0 ? 1 : 0;
            if (failed.status == 0) {
                CHECK(host->disks().images == done.images);
                CHECK(host->disks().store == done.store);
            } else {
                check_answer(failed, ask);
            }
            if (step.find("-precache.img~") != std::string::npos)
                CHECK(failed.status == 0); // only the next start is slower
            host->check_locks_free();
            check_survived(*host, victim, before, done, next);
        }
        std::cout << victim.title << ", steps that failed (" << told << " of them told):\n";
        histogram.print();
        CHECK(histogram.total() > 0);
    }
    std::cout << "All verbs:\n";
    all.print();
    CHECK(all.total() >= least_errors);
}

TEST_CASE("storage.md 79: a disk that is full in the middle of an import gets its room back")
{
    constexpr std::size_t mib = std::size_t{1} << 20;
    constexpr std::size_t size = 700 * mib;
    const std::string place = new_pool_on("plain").value();
    if (!mount_memory(on_disk(place), "600M"))
        return;
    const VolumeHost host{on_disk(place)};
    const Disks before = host.disks();
    const std::size_t room = free_bytes(on_disk(place));
    Streaming import{remote_command(host.root, {"work", "vm.volume.ImportWithSize", "private"})};
    CHECK(import.send(std::to_string(size) + "\n"));
    const std::string piece(mib, 'x');
    std::size_t sent = 0;
    while (sent < size && import.send(piece))
        sent += mib;
    CHECK(sent > 500 * mib);
    CHECK(sent < size); // nobody wants the rest
    const Outcome outcome = import.finish();
    check_refusal(outcome, "mgmt.vm.volume.ImportWithSize", Failure::resources);
    CHECK(outcome.err.find("no space left: written ") != std::string::npos);
    CHECK(free_bytes(on_disk(place)) + mib > room); // but for notes in the log
    const Disks after = host.disks();
    CHECK(after.images == before.images);
    CHECK(after.revisions == before.revisions);
    CHECK(after.store == before.store);
    host.check_clear();
    host.check_volume_works();
}
