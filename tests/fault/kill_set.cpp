// SPDX-License-Identifier: GPL-2.0-or-later
//
// What makes and removes qubes is killed at every step, and is refused every step by the kernel.
// Afterwards the store is the old or the new one, a qube that is in it has all that is its own, one
// that is not has nothing: after the next call, which is another's or about the same name.

#include "calls/world.hpp"
#include "fault/answer.hpp"
#include "fault/histogram.hpp"
#include "fault/trace.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <iostream>
#include <regex>
#include <set>
#include <unistd.h>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

namespace fs = std::filesystem;

struct Victim {
    std::string_view title;
    Ask ask;
    Ask opposite; // takes back what it has done; its destination or payload names the qube
    bool removes = false;
};

const std::vector<Victim>& victims()
{
    static const std::vector<Victim> all{
        {"Create.DispVM, with firewall rules",
         {"dom0", "vm.Create.DispVM", "fedora-25-dvm", "name=subject label=red"},
         {"subject", "vm.Remove"}},
        {"Create.StandaloneVM",
         {"dom0", "vm.Create.StandaloneVM", "", "name=subject label=red"},
         {"subject", "vm.Remove"}},
        {"Remove",
         {"subject", "vm.Remove"},
         {"dom0", "vm.Create.StandaloneVM", "", "name=subject label=blue"},
         true},
    };
    return all;
}

const Ask mender{"mgr", "vm.feature.Set", "mended", "yes"};

// In memory where that can be had: hundreds of machines are not written to a disk.
std::string quick_place()
{
    return ::access("/dev/shm", W_OK | X_OK) == 0 ? "/dev/shm" : "/tmp";
}

// Every path of a qube, but its lock, which is never unlinked.
std::set<std::string> paths_of(const ScratchRoot& root, std::string_view qube)
{
    std::set<std::string> found;
    for (const auto& entry : fs::recursive_directory_iterator{root.path()}) {
        const std::string path = entry.path().string().substr(root.path().size());
        if (path.find("/" + std::string{qube}) != std::string::npos &&
            path != "/run/qubes-mgmt/qube/" + std::string{qube})
            found.insert(path);
    }
    return found;
}

struct Machine : World {
    explicit Machine(const Victim& victim) : World{store_text_on_files(), quick_place()}
    {
        root.make_images();
        root.write("/var/lib/qubes/appvms/fedora-25-dvm/firewall.xml", "<QubesFirewallRules/>\n");
        if (victim.removes) {
            gives({"dom0", "vm.Create.StandaloneVM", "", "name=subject label=red"}, "");
            root.write("/var/lib/qubes/appvms/subject/firewall.xml", "<QubesFirewallRules/>\n");
            root.write("/var/lib/qubes/appvms/subject/apps/icons/a.png", "");
            fs::create_symlink("../..", root.below("/var/lib/qubes/appvms/subject/up"));
        }
        before = root.store();
        files_before = paths_of(root, "subject");
    }

    std::string before;
    std::set<std::string> files_before;
};

// What is drawn anew each time.
std::string masked(const std::string& store)
{
    static const std::regex drawn{"<property name=\"(dispid|uuid)\">[^<]*</property>"};
    return std::regex_replace(store, drawn, "<$1/>");
}

// What the machine is like when the victim is left alone.
struct Done {
    std::string store;
    std::set<std::string> files;
};

Done undisturbed(const Victim& victim)
{
    const Machine machine{victim};
    machine.gives(victim.ask, "");
    return {masked(machine.root.store()), paths_of(machine.root, "subject")};
}

// A temporary file that the disk does not let go of waits for the next use of its volume.
bool stays(const std::string& step)
{
    return step.starts_with("unlink ") && step.ends_with("~");
}

void check_nothing_unfinished(const ScratchRoot& root)
{
    for (const auto& entry : fs::recursive_directory_iterator{root.path()}) {
        const std::string path = entry.path().string().substr(root.path().size());
        CHECK(path.find('~') == std::string::npos);
        CHECK_FALSE(path.starts_with("/var/lib/qubes-mgmt/intent/"));
    }
}

void check_survived(const Machine& machine, const Victim& victim, const Done& done,
                    bool about_the_same)
{
    const std::string now = machine.root.store();
    const bool is_done = masked(now) == done.store;
    CHECK((now == machine.before || is_done));
    if (about_the_same) {
        machine.gives(is_done ? victim.opposite : victim.ask, "");
        const bool there = StoreView{machine.root.store()}.domain("subject") != nullptr;
        CHECK(there == (is_done == victim.removes));
        CHECK(paths_of(machine.root, "subject").empty() == !there);
    } else {
        machine.gives(mender, "");
        CHECK(paths_of(machine.root, "subject") == (is_done ? done.files : machine.files_before));
        const std::vector<Touched> mended{{"mgr", "features", "mended"}};
        CHECK(StoreView{machine.root.store()}.outside(mended) == StoreView{now}.outside(mended));
    }
    check_nothing_unfinished(machine.root);
    CHECK_FALSE(machine.reply({"dom0", "vm.List"}).empty());
    CHECK(machine.root.exists("/var/lib/qubes/appvms/fedora-25-dvm/firewall.xml"));
    CHECK(machine.root.exists("/var/lib/qm-lvm/appvms/work/private.img"));
}

} // namespace

TEST_CASE("kill: at every step a qube that is made or removed is there as a whole or not at all")
{
    for (const Victim& victim : victims()) {
        Histogram histogram;
        const Done done = undisturbed(victim);
        const Machine whole{victim};
        const Trace steps = trace(whole.root, remote_command(whole.root, victim.ask));
        REQUIRE(steps.status == 0);
        REQUIRE(steps.steps.size() > 20);
        for (std::size_t at = 0; at < steps.steps.size(); ++at) {
            for (const When when : {When::before, When::after}) {
                for (const bool about_the_same : {false, true}) {
                    const Machine machine{victim};
                    const Trace killed =
                        kill_at(machine.root, remote_command(machine.root, victim.ask), at, when);
                    INFO(victim.title << ", killed " << (when == When::before ? "before" : "after")
                                      << " step " << at << ": " << steps.steps[at]);
                    REQUIRE(killed.hit);
                    CHECK(killed.status == 128 + SIGKILL);
                    histogram.add(killed.steps.back());
                    check_survived(machine, victim, done, about_the_same);
                }
            }
        }
        std::cout << victim.title << ":\n";
        histogram.print();
    }
}

TEST_CASE("errors: at every step a qube that is made or removed is there as a whole or not at all")
{
    for (const Victim& victim : victims()) {
        Histogram histogram;
        std::size_t refused = 0;
        const Done done = undisturbed(victim);
        const Machine whole{victim};
        const Trace steps = trace(whole.root, remote_command(whole.root, victim.ask));
        REQUIRE(steps.status == 0);
        for (std::size_t at = 0; at < steps.steps.size(); ++at) {
            for (const bool about_the_same : {false, true}) {
                const Machine machine{victim};
                const Trace failed =
                    fail_at(machine.root, remote_command(machine.root, victim.ask), at);
                INFO(victim.title << ", refused step " << at << ": " << steps.steps[at]);
                REQUIRE(failed.hit);
                check_answer(failed, victim.ask);
                // Nobody need come back: what a call could not do it has taken back itself.
                if (failed.status != 0 && machine.root.store() == machine.before)
                    CHECK(paths_of(machine.root, "subject") == machine.files_before);
                refused += failed.status != 0 ? 1 : 0;
                histogram.add(steps.steps[at]);
                if (!stays(steps.steps[at]))
                    check_survived(machine, victim, done, about_the_same);
            }
        }
        std::cout << victim.title << ", steps that failed:\n";
        histogram.print();
        CHECK(refused > histogram.total() / 4); // many steps only make what is there already
    }
}
