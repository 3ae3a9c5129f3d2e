// SPDX-License-Identifier: GPL-2.0-or-later
//
// kill -9 at every step of edits and creations. Afterwards the store is the old or the new one, and
// the next changing call of another kind leaves nothing of the unfinished work: no temporary file,
// no image or directory of a qube that was not born, no intent.

#include "calls/journal_view.hpp"
#include "calls/world.hpp"
#include "fault/histogram.hpp"
#include "fault/trace.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <iostream>
#include <map>
#include <random>
#include <regex>
#include <thread>
#include <unistd.h>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

namespace fs = std::filesystem;

constexpr std::size_t least_kills = 500;
constexpr std::size_t least_kills_a_step = 5;

// A call that is killed, and how its work shows in the store.
struct Victim {
    Ask ask;
    bool creates = false;
    std::vector<bool> warmth = {true, false}; // with and without runtime files of an earlier call
};

const std::vector<Victim>& victims()
{
    static const std::vector<Victim> all{
        {{"work", "vm.property.Set", "memory", "500"}},
        {{"work", "vm.tag.Set", "killed"}},
        {{"work", "vm.feature.Remove", "gui"}},
        {{"dom0", "vm.Create.AppVM", "fedora-25", "name=unborn label=red"}, true, {false}},
        {{"dom0", "vm.Create.TemplateVM", "", "name=unborn label=black"}, true, {true}},
    };
    return all;
}

const Ask mender{"mgr", "vm.feature.Set", "mended", "yes"};
const std::vector<Touched> mended{{"mgr", "features", "mended"}};

// A creation draws a new uuid each time.
std::string masked(const std::string& store)
{
    static const std::regex uuid{
        "<property name=\"uuid\">[^<]*</property>(\\s*<property "
        "name=\"template\">[^<]*</property>)?"
        "(\\s*</properties>\\s*<features/>\\s*<tags>\\s*<tag name=\"created-by-dom0\"/>\\s*</tags>"
        "\\s*<volume-config>)"};
    return std::regex_replace(store, uuid, "<uuid/>$1$2");
}

// In memory where that can be had: a killed process loses nothing that it gave to the kernel, and
// hundreds of machines are not written to a disk.
std::string quick_place()
{
    return ::access("/dev/shm", W_OK | X_OK) == 0 ? "/dev/shm" : "/tmp";
}

// The machine of one kill. A warm one has its runtime files already.
struct Machine {
    explicit Machine(bool warm) : root{store_text_on_files(), quick_place()}
    {
        fs::create_directories(root.below("/var/lib/qm-lvm"));
        if (warm)
            ran_well({"sys-net", "vm.tag.Set", "warm"});
        before = root.store();
    }

    void ran_well(const Ask& ask) const
    {
        INFO(describe(ask));
        const Outcome outcome = run_call(root, ask);
        CHECK(outcome.err.empty());
        CHECK(outcome.status == 0);
    }

    ScratchRoot root;
    std::string before;
};

// What the call writes when it is left alone.
std::string after_undisturbed(const Victim& victim, bool warm)
{
    const Machine machine{warm};
    machine.ran_well(victim.ask);
    return masked(machine.root.store());
}

// Everything below the root that must not be there after the mending call.
std::vector<std::string> leftovers(const ScratchRoot& root, bool born)
{
    std::vector<std::string> found;
    for (const auto& entry : fs::recursive_directory_iterator{root.path()}) {
        const std::string path = entry.path().string().substr(root.path().size());
        const bool of_unborn = path.find("/unborn") != std::string::npos && !born &&
                               path != "/run/qubes-mgmt/qube/unborn"; // locks are never unlinked
        const bool intent = path.starts_with("/var/lib/qubes-mgmt/intent/");
        if (path.find('~') != std::string::npos || of_unborn || intent)
            found.push_back(path);
    }
    return found;
}

void check_journal(const ScratchRoot& root)
{
    const Journal journal = read_journal(root);
    CHECK(journal.whole);
    REQUIRE(!journal.records.empty());
    std::uint64_t expected = 1;
    for (const Record& record : journal.records)
        CHECK(record.number == expected++);
    CHECK(journal.records.back().body.find("domain-feature-set:mended") != std::string::npos);
}

void check_list(const ScratchRoot& root)
{
    const auto names = StoreView{root.store()}.names();
    const Outcome listed = run_call(root, {"dom0", "vm.List"});
    CHECK(listed.status == 0);
    CHECK(std::ranges::count(listed.out, '\n') == static_cast<std::ptrdiff_t>(names.size()));
    for (const std::string& name : names)
        CHECK(listed.out.find(name + " class=") != std::string::npos);
}

void check_survived(const Machine& machine, const Victim& victim, const std::string& done)
{
    const std::string now = machine.root.store();
    const bool is_done = masked(now) == done;
    CHECK((now == machine.before || is_done));
    check_list(machine.root);
    machine.ran_well(mender);
    CHECK(leftovers(machine.root, is_done && victim.creates) == std::vector<std::string>{});
    CHECK(StoreView{machine.root.store()}.outside(mended) == StoreView{now}.outside(mended));
    CHECK(StoreView{machine.root.store()}.feature("mgr", "mended") == "yes");
    check_list(machine.root);
    check_journal(machine.root);
    if (!victim.creates)
        return;
    // What was born is whole; what was not can be born now.
    if (!is_done)
        machine.ran_well(victim.ask);
    const StoreView view{machine.root.store()};
    for (const char* const role : {"root", "private"}) {
        if (view.volume("unborn", role, "save_on_stop") == "True")
            CHECK(machine.root.exists("/var/lib/qm-lvm/" + view.volume("unborn", role, "vid") +
                                      ".img"));
    }
}

// Kills once at the step; false when the call has fewer steps.
bool kill_once(const Victim& victim, bool warm, std::size_t at, When when, const std::string& done,
               Histogram& histogram)
{
    const Machine machine{warm};
    const Trace killed = kill_at(machine.root, remote_command(machine.root, victim.ask), at, when);
    if (!killed.hit)
        return false;
    histogram.add(killed.steps.back());
    INFO(describe(victim.ask) << (warm ? " (warm)" : " (cold)") << ", killed "
                              << (when == When::before ? "before" : "after") << " step " << at
                              << ": " << killed.steps.back());
    CHECK(killed.status == 128 + SIGKILL);
    check_survived(machine, victim, done);
    return true;
}

} // namespace

TEST_CASE("kill: at every step the store is old or new, and the next call clears up")
{
    Histogram histogram;
    std::map<std::string, std::function<bool()>> again;
    for (const Victim& victim : victims()) {
        for (const bool warm : victim.warmth) {
            const std::string done = after_undisturbed(victim, warm);
            const Machine machine{warm};
            const Trace whole = trace(machine.root, remote_command(machine.root, victim.ask));
            REQUIRE(whole.status == 0);
            REQUIRE(whole.steps.size() > 10);
            for (std::size_t at = 0; at < whole.steps.size(); ++at) {
                for (const When when : {When::before, When::after}) {
                    CHECK(kill_once(victim, warm, at, when, done, histogram));
                    again[whole.steps[at]] = [&victim, warm, at, when, done, &histogram] {
                        return kill_once(victim, warm, at, when, done, histogram);
                    };
                }
            }
        }
    }
    for (const auto& [step, kill] : again) {
        while (histogram.of(step) < least_kills_a_step)
            REQUIRE(kill());
    }
    histogram.print();
    CHECK(histogram.total() >= least_kills);
}

TEST_CASE("kill: at any moment the store is old or new, and the next call clears up")
{
    std::minstd_rand random{7}; // NOLINT: the same moments in each run, as far as time can be told
    std::size_t hit = 0;
    for (const Victim& victim : victims()) {
        const auto start = std::chrono::steady_clock::now();
        const std::string done = after_undisturbed(victim, true);
        const auto whole = std::chrono::duration_cast<std::chrono::microseconds>(
            std::chrono::steady_clock::now() - start);
        for (int i = 0; i < 10; ++i) {
            const Machine machine{true};
            Process call{remote_command(machine.root, victim.ask)};
            const std::chrono::microseconds moment{
                std::uniform_int_distribution<long>{0, whole.count() / 2}(random)};
            std::this_thread::sleep_for(moment);
            call.kill_now();
            hit += call.finish().status == 128 + SIGKILL ? 1 : 0;
            INFO(describe(victim.ask) << ", killed after " << moment.count() << " us");
            check_survived(machine, victim, done);
        }
    }
    std::cout << hit << " calls killed at moments of their own" << std::endl;
    CHECK(hit >= 10);
}
