// SPDX-License-Identifier: GPL-2.0-or-later
//
// kill -9 before every step of a backup. What was there stays, nothing is an archive that is not
// one, and the next backup clears up and works.

#include "calls/backup_world.hpp"
#include "fault/histogram.hpp"
#include "fault/trace.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <csignal>
#include <filesystem>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

namespace fs = std::filesystem;

constexpr std::size_t often_enough = 2; // of one kind of step

bool leaves_no_trace(const std::string& step)
{
    return step.starts_with("lock ") || step.starts_with("fsync ") || step.starts_with("chmod ") ||
           step.starts_with("mkdir ") || step.starts_with("truncate ");
}

// Steps of one kind have different keys and times in their names.
std::string kind_of(std::string step)
{
    if (const auto key = step.find(".attached-"); key != std::string::npos)
        step.erase(key);
    for (char& c : step)
        if (c >= '0' && c <= '9')
            c = '0';
    return step;
}

} // namespace

TEST_CASE("backups: killed at any step, a backup leaves the ones before it and a host that works")
{
    const BackupHost host;
    host.fill("/var/lib/qm-lvm/appvms/work/private.img", 'w', std::size_t{1} << 20);
    host.fill("/var/lib/qubes/appvms/mgr/private.img", 'm', std::size_t{1} << 20);
    host.set_profile("include: [work, mgr]\ncompression: none\n");
    host.set_profile("include: [mgr]\ncompression: none\n", "other");
    const auto first = host.archive();
    const Trace undisturbed = trace(host.root, host.command());
    INFO(undisturbed.said);
    REQUIRE(undisturbed.status == 0);
    Histogram histogram;
    for (std::size_t at = 0; at < undisturbed.steps.size(); ++at) {
        const std::string kind = kind_of(undisturbed.steps[at]);
        if (leaves_no_trace(undisturbed.steps[at]) || is_hypervisors(undisturbed.steps[at]) ||
            histogram.of(kind) >= often_enough)
            continue;
        const auto before = host.archives();
        const auto time = host.timestamp("work");
        const Trace killed = kill_at(host.root, host.command(), at, When::before);
        INFO("killed before step " << at << ": " << undisturbed.steps[at]);
        if (killed.hit) { // else it had fewer steps: the store had an index already
            CHECK(killed.status == 128 + SIGKILL);
            histogram.add(kind);
        }
        const auto after = host.archives();
        CHECK(std::ranges::includes(after, before));
        for (const std::string& name : after)
            if (!name.starts_with('.') && !std::ranges::binary_search(before, name))
                CHECK_NOTHROW(
                    read_archive(host.root.below("/backups/" + name), BackupHost::passphrase));
        if (after == before)
            CHECK(host.timestamp("work") == time);
        // the one of the other profile drops what was read, the next one all
        CHECK(host.execute("other").status == 0);
        host.check_no_export();
        CHECK(host.execute().status == 0);
        host.check_nothing_left();
        for (const std::string& name : host.archives())
            if (!std::ranges::binary_search(before, name))
                fs::remove(host.root.below("/backups/" + name));
    }
    histogram.print();
    CHECK(histogram.total() >= 20);
    CHECK(read_archive(first, BackupHost::passphrase).files.size() == 2);
}
