// SPDX-License-Identifier: GPL-2.0-or-later
//
// 16 processes that all write the same property, the same feature and the same tag, and 16 that
// read them. Each event names the value before and after: they must form one chain, which is so
// only if the journal has the order of the commits, and the chain must end at what is stored.

#include "calls/journal_view.hpp"
#include "calls/world.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <atomic>
#include <iostream>
#include <map>
#include <set>
#include <thread>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

constexpr std::size_t writers = 16;
constexpr std::size_t readers = 16;
constexpr std::size_t edits_each = 125;

struct Event {
    std::string name;
    std::map<std::string, std::string> keys;
};

// SUBJECT 00 EVENT 00 (KEY 00 VALUE 00)* 00 ...
Event event_of(const std::string& body)
{
    std::size_t at = 0;
    const auto next = [&] {
        const auto end = body.find('\0', at);
        std::string field = body.substr(at, end - at);
        at = end == std::string::npos ? body.size() : end + 1;
        return field;
    };
    static_cast<void>(next());
    Event event{next(), {}};
    for (std::string key = next(); !key.empty(); key = next())
        event.keys[key] = next();
    return event;
}

// Whether an edit was refused for a reason that the contest gives: somebody was faster.
bool lost_the_race(const Ask& ask, const Outcome& outcome)
{
    return ask.call == "vm.tag.Remove" && outcome.status == static_cast<int>(Failure::not_found);
}

Ask edit_of(std::size_t writer, std::size_t round)
{
    const std::string value = std::to_string(writer) + "x" + std::to_string(round);
    switch ((writer + round) % 4) {
    case 0:
    case 1: return {"mgr", "vm.property.Set", "kernelopts", "opt=" + value};
    case 2: return {"mgr", "vm.feature.Set", "contested", value};
    default: return {"mgr", round % 8 < 4 ? "vm.tag.Set" : "vm.tag.Remove", "contested"};
    }
}

} // namespace

TEST_CASE("contest: values that 16 processes write at once change in the order of the journal")
{
    const World world;
    std::atomic<std::size_t> failed{0};
    std::atomic<std::size_t> reads{0};
    std::atomic<std::size_t> bad_reads{0};
    std::atomic<bool> done{false};
    {
        std::vector<std::jthread> reading;
        for (std::size_t i = 0; i < readers; ++i)
            reading.emplace_back([&, i] {
                const Ask ask = i % 2 == 0 ? Ask{"dom0", "vm.List"}
                                           : Ask{"mgr", "vm.property.Get", "kernelopts"};
                while (!done) {
                    const Outcome seen = run_call(world.root, ask);
                    const bool whole = i % 2 == 0 ? seen.out.ends_with("work class=AppVM "
                                                                       "state=Halted\n")
                                                  : seen.out.starts_with("default=no opt=") ||
                                                        seen.out == "default=no nopat apparmor=1";
                    bad_reads += seen.status == 0 && whole ? 0 : 1;
                    ++reads;
                    std::this_thread::sleep_for(std::chrono::milliseconds{10}); // writers run, too
                }
            });
        std::vector<std::jthread> writing;
        for (std::size_t writer = 0; writer < writers; ++writer)
            writing.emplace_back([&, writer] {
                for (std::size_t round = 0; round < edits_each; ++round) {
                    const Ask ask = edit_of(writer, round);
                    const Outcome outcome = run_call(world.root, ask);
                    failed += outcome.status == 0 || lost_the_race(ask, outcome) ? 0 : 1;
                }
            });
        writing.clear();
        done = true;
    }
    CHECK(failed == 0);
    CHECK(bad_reads == 0);
    CHECK(reads > readers);

    const Journal journal = read_journal(world.root);
    CHECK(journal.whole);
    std::map<std::string, std::string> last{{"property-set:kernelopts", "nopat apparmor=1"}};
    std::set<std::string> values;
    bool tagged = false;
    std::uint64_t number = 0;
    for (const Record& record : journal.records) {
        REQUIRE(record.number == ++number);
        const Event event = event_of(record.body);
        INFO(record.number << ": " << event.name);
        if (event.name.starts_with("domain-tag-")) {
            const bool adds = event.name == "domain-tag-add:contested";
            REQUIRE(adds != tagged); // never twice the same
            tagged = adds;
            continue;
        }
        const bool property = event.name == "property-set:kernelopts";
        const std::string now = event.keys.at(property ? "newvalue" : "value");
        const auto old_value = event.keys.find("oldvalue");
        const auto before = last.find(event.name);
        REQUIRE((old_value == event.keys.end()) == (before == last.end()));
        if (before != last.end())
            REQUIRE(old_value->second == before->second);
        last[event.name] = now;
        REQUIRE(values.insert(event.name + now).second);
    }
    // Of each writer's 125, three quarters set values that nobody else sets.
    std::size_t set = 0;
    for (std::size_t writer = 0; writer < writers; ++writer)
        for (std::size_t round = 0; round < edits_each; ++round)
            set += (writer + round) % 4 == 3 ? 0 : 1;
    CHECK(values.size() == set);
    const StoreView view = world.view();
    CHECK(view.property("mgr", "kernelopts") == last.at("property-set:kernelopts"));
    CHECK(view.feature("mgr", "contested") == last.at("domain-feature-set:contested"));
    const auto tags = view.tags("mgr");
    CHECK((std::ranges::find(tags, "contested") != tags.end()) == tagged);
    std::cout << writers * edits_each << " edits of one qube beside " << reads << " reads, "
              << journal.records.size() << " events" << std::endl;
}
