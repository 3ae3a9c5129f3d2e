// SPDX-License-Identifier: GPL-2.0-or-later
//
// The event journal: what stands in it after a change (protocol.md 3.4, 7.5).

#include "calls/journal_view.hpp"
#include "calls/world.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <thread>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

// As `printf` would write it, with a vertical bar for each NUL.
std::string bars(std::string text)
{
    std::ranges::replace(text, '\0', '|');
    return text;
}

std::vector<std::string> events_of(const World& world)
{
    std::vector<std::string> found;
    for (const Record& record : read_journal(world.root).records)
        found.push_back(bars(record.body));
    return found;
}

} // namespace

TEST_CASE("protocol.md F11: property-set of a netvm to none")
{
    const World world;
    world.gives({"work", "vm.property.Set", "netvm", "sys-net"}, "");
    world.gives({"work", "vm.property.Set", "netvm", ""}, "");
    const auto events = events_of(world);
    REQUIRE(events.size() == 2);
    CHECK(events[1] == "work|property-set:netvm|name|netvm|newvalue|None|oldvalue|sys-net||"
                       "AppVM|created-by-mgr,managed-by-mgr|");
}

TEST_CASE("journal: each kind of change has its record")
{
    const World world{store_text_on_files()};
    world.root.make_images();
    world.gives({"work", "vm.tag.Set", "t"}, "");
    world.gives({"work", "vm.tag.Remove", "t"}, "");
    world.gives({"work", "vm.feature.Set", "f", "1"}, "");
    world.gives({"work", "vm.feature.Set", "f", "2"}, "");
    world.gives({"work", "vm.feature.Remove", "f"}, "");
    world.gives({"work", "vm.property.Set", "debug", "yes"}, "");
    world.gives({"work", "vm.property.Reset", "debug"}, "");
    world.gives({"dom0", "property.Set", "stats_interval", "5"}, "");
    const std::string who = "AppVM|created-by-mgr,managed-by-mgr|";
    const auto events = events_of(world);
    REQUIRE(events.size() == 8);
    CHECK(events[0].starts_with("work|domain-tag-add:t|tag|t||AppVM|"));
    CHECK(events[1] == "work|domain-tag-delete:t|tag|t||" + who);
    CHECK(events[2] == "work|domain-feature-set:f|feature|f|value|1||" + who);
    CHECK(events[3] == "work|domain-feature-set:f|feature|f|value|2|oldvalue|1||" + who);
    CHECK(events[4] == "work|domain-feature-delete:f|feature|f||" + who);
    CHECK(events[5] == "work|property-set:debug|name|debug|newvalue|True||" + who);
    CHECK(events[6] == "work|property-reset:debug|name|debug|oldvalue|True||" + who);
    CHECK(events[7].starts_with("|property-set:stats_interval|name|stats_interval|newvalue|5||"));

    world.gives({"dom0", "vm.Create.AppVM", "fedora-25", "name=news label=red"}, "");
    const auto later = events_of(world);
    std::vector<std::string> created;
    for (std::size_t i = events.size(); i < later.size(); ++i)
        created.push_back(later[i].substr(0, later[i].find("||")));
    CHECK(std::ranges::count(created, "|domain-add|vm|news") == 1);
    CHECK(std::ranges::count_if(created, [](const std::string& event) {
              return event.starts_with("news|domain-create-on-disk");
          }) == 1);
}

TEST_CASE("journal: what changes nothing and what fails leaves no record")
{
    const World world;
    world.gives({"work", "vm.tag.Set", "managed-by-mgr"}, "");
    world.fails({"work", "vm.property.Set", "memory", "none"}, failure::bad_value);
    CHECK(events_of(world).empty());
}

TEST_CASE("journal: a change of the default netvm tells each qube that follows it")
{
    const World world;
    world.gives({"dom0", "property.Set", "default_netvm", "sys-net"}, "");
    std::vector<std::string> reset;
    for (const std::string& event : events_of(world))
        if (event.find("|property-reset:netvm|name|netvm||") != std::string::npos)
            reset.push_back(event.substr(0, event.find('|')));
    std::ranges::sort(reset);
    CHECK(reset == std::vector<std::string>{"fedora-25-dvm", "work"});
}

TEST_CASE("protocol.md J01: two writers with 1000 events each")
{
    const World world;
    std::array<std::size_t, 2> failures{};
    const auto write = [&](std::size_t which, const std::string& qube) {
        for (int i = 0; i < 500; ++i) {
            failures.at(which) +=
                run_call(world.root, {qube, "vm.tag.Set", "t"}).status != 0 ? 1 : 0;
            failures.at(which) +=
                run_call(world.root, {qube, "vm.tag.Remove", "t"}).status != 0 ? 1 : 0;
        }
    };
    std::jthread one{[&] { write(0, "work"); }};
    std::jthread two{[&] { write(1, "mgr"); }};
    one.join();
    two.join();
    CHECK(failures == std::array<std::size_t, 2>{});
    const Journal journal = read_journal(world.root);
    CHECK(journal.whole);
    REQUIRE(journal.records.size() == 2000);
    std::size_t out_of_order = 0;
    std::map<std::string, bool> tagged;
    for (std::size_t i = 0; i < journal.records.size(); ++i) {
        const Record& record = journal.records[i];
        const std::string body = bars(record.body);
        const std::string qube = body.substr(0, body.find('|'));
        const bool added = body.starts_with(qube + "|domain-tag-add:t|");
        out_of_order += record.number != i + 1 || added == tagged[qube] ? 1 : 0;
        tagged[qube] = added;
    }
    CHECK(out_of_order == 0);
}

TEST_CASE("protocol.md J02: a record that was cut is written again under its number")
{
    const World world;
    for (const char* const tag : {"a", "b", "c"})
        world.gives({"work", "vm.tag.Set", tag}, "");
    const Journal before = read_journal(world.root);
    REQUIRE(before.records.size() == 3);
    const Record last = before.records.back();
    std::filesystem::resize_file(before.last_segment, last.begin + (last.end - last.begin) / 2);
    const Journal cut = read_journal(world.root);
    CHECK_FALSE(cut.whole);
    CHECK(cut.records.size() == 2);
    world.gives({"work", "vm.tag.Set", "d"}, "");
    const Journal after = read_journal(world.root);
    CHECK(after.whole);
    REQUIRE(after.records.size() == 3);
    CHECK(after.records.back().number == 3);
    CHECK(bars(after.records.back().body).starts_with("work|domain-tag-add:d|"));
}

TEST_CASE("journal: one that cannot be written stops no change")
{
    const World world;
    world.root.write("/run/qubes-mgmt/events", "a file where a directory should be\n");
    const Outcome outcome = run_call(world.root, {"work", "vm.tag.Set", "t"});
    CHECK(outcome.status == 0);
    CHECK(world.view().tags("work").size() == 3);
}
