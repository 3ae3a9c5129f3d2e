// SPDX-License-Identifier: GPL-2.0-or-later
//
// What changes the firewall of a qube is killed at every step, and is refused every step by the
// kernel. Afterwards its file is the old or the new one, to the byte, and the next change goes on
// from there and leaves nothing beside it.

#include "calls/firewall_world.hpp"
#include "calls/journal_view.hpp"
#include "fault/answer.hpp"
#include "fault/histogram.hpp"
#include "fault/trace.hpp"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <iostream>
#include <unistd.h>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

namespace fs = std::filesystem;

struct Victim {
    Ask ask;
    std::string_view rules; // that the qube has before; empty: none of its own
};

const std::vector<Victim>& victims()
{
    static const std::vector<Victim> all{
        {{"work", "vm.firewall.Set", "", "action=accept specialtarget=dns\naction=drop\n"}, ""},
        {{"work", "vm.firewall.InsertRule", "1", "action=accept dst4=192.0.2.0/24"},
         "action=accept specialtarget=dns\naction=drop\n"},
        {{"work", "vm.firewall.Flush"}, "action=drop\n"},
    };
    return all;
}

struct Machine : FirewallWorld {
    explicit Machine(const Victim& victim)
        : FirewallWorld{store_text_on_files(),
                        ::access("/dev/shm", W_OK | X_OK) == 0 ? "/dev/shm" : "/tmp"}
    {
        if (!victim.rules.empty())
            gives({"work", "vm.firewall.Set", "", std::string{victim.rules}}, "");
        before = file();
        store_before = root.store();
    }

    std::string before;
    std::string store_before;
};

std::string undisturbed(const Victim& victim)
{
    const Machine machine{victim};
    static_cast<void>(machine.reply(victim.ask));
    return machine.file();
}

void check_survived(const Machine& machine, const std::string& done)
{
    const std::string now = machine.file();
    CHECK((now == machine.before || now == done));
    CHECK(machine.root.store() == machine.store_before);
    const auto rows = machine.get();

    const std::string id = machine.insert("start", "action=drop comment=mended");
    auto mended = machine.get();
    REQUIRE(!mended.empty());
    CHECK(mended.front() == RuleRow{id, "action=drop comment=mended"});
    mended.erase(mended.begin());
    CHECK(mended == rows);
    for (const auto& entry : fs::recursive_directory_iterator{machine.root.path()})
        CHECK(entry.path().string().find('~') == std::string::npos);
    const Journal journal = read_journal(machine.root);
    CHECK(journal.whole);
    REQUIRE(!journal.records.empty());
    CHECK(journal.records.back().body.find("firewall-changed") != std::string::npos);
}

std::size_t steps_of(const Victim& victim)
{
    const Machine machine{victim};
    const Trace whole = trace(machine.root, remote_command(machine.root, victim.ask));
    REQUIRE(whole.status == 0);
    REQUIRE(whole.steps.size() > 10);
    CHECK(std::ranges::any_of(whole.steps, [](const std::string& step) {
        return step.find("/appvms/work/firewall.xml~") != std::string::npos;
    }));
    return whole.steps.size();
}

} // namespace

TEST_CASE("kill: at every step the firewall of a qube is the old or the new one")
{
    Histogram histogram;
    for (const Victim& victim : victims()) {
        const std::string done = undisturbed(victim);
        const std::size_t steps = steps_of(victim);
        for (std::size_t at = 0; at < steps; ++at) {
            for (const When when : {When::before, When::after}) {
                const Machine machine{victim};
                const Trace killed =
                    kill_at(machine.root, remote_command(machine.root, victim.ask), at, when);
                REQUIRE(killed.hit);
                INFO(describe(victim.ask)
                     << ", killed " << (when == When::before ? "before" : "after") << " step " << at
                     << ": " << killed.steps.back());
                CHECK(killed.status == 128 + SIGKILL);
                histogram.add(killed.steps.back());
                check_survived(machine, done);
            }
        }
    }
    histogram.print();
}

TEST_CASE("errors: at every step the firewall of a qube is the old or the new one")
{
    std::size_t refused = 0;
    Histogram histogram;
    for (const Victim& victim : victims()) {
        const std::string done = undisturbed(victim);
        const std::size_t steps = steps_of(victim);
        for (std::size_t at = 0; at < steps; ++at) {
            const Machine machine{victim};
            const Trace failed =
                fail_at(machine.root, remote_command(machine.root, victim.ask), at);
            REQUIRE(failed.hit);
            INFO(describe(victim.ask) << ", refused step " << at << ": " << failed.steps[at]);
            if (failed.status == 0)
                CHECK(machine.file() == done);
            else
                check_answer(failed, victim.ask);
            histogram.add(failed.steps[at]);
            refused += failed.status != 0 ? 1 : 0;
            check_survived(machine, done);
        }
    }
    histogram.print();
    CHECK(refused > histogram.total() / 4);
}
