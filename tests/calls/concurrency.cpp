// SPDX-License-Identifier: GPL-2.0-or-later
//
// 16 writers with 2,000 mixed edits and 16 readers at the same time. Each writer keeps to names of
// its own, so that what must stand in the store at the end is known; the journal must tell the
// commits in the order in which they happened.

#include "calls/journal_view.hpp"
#include "calls/world.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <map>
#include <random>
#include <thread>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

constexpr std::size_t writers = 16;
constexpr std::size_t edits_each = 125;

const std::vector<std::string> qubes{"fedora-25",    "fedora-25-dvm", "mgr",
                                     "sys-firewall", "sys-net",       "work"};

// What a writer knows to have stored last under its names: "work feature f3" to a value, absent
// when removed.
using Held = std::map<std::string, std::string>;

struct Writer {
    std::size_t number = 0;
    Held held;
    std::vector<std::string> failures;

    void run(const World& world, std::atomic<std::size_t>& edits)
    {
        std::minstd_rand random{static_cast<unsigned>(number + 1)};
        for (std::size_t i = 0; i < edits_each; ++i) {
            edit(world, qubes.at(random() % qubes.size()), random() % 3, i);
            ++edits;
            edits.notify_all();
        }
    }

    // Every edit changes something, so that each is one commit and one record.
    void edit(const World& world, const std::string& qube, std::size_t kind, std::size_t round)
    {
        const std::string own = std::to_string(number);
        if (kind == 0) {
            const std::string key = qube + " tag t" + own;
            const bool there = held.contains(key);
            ask(world, {qube, there ? "vm.tag.Remove" : "vm.tag.Set", "t" + own});
            there ? static_cast<void>(held.erase(key)) : static_cast<void>(held[key] = "");
        } else if (kind == 1 || number >= qubes.size()) {
            const std::string key = qube + " feature f" + own;
            const std::string value = "round " + std::to_string(round);
            ask(world, {qube, "vm.feature.Set", "f" + own, value});
            held[key] = value;
        } else {
            // The property of one qube is one writer's.
            const std::string& mine = qubes.at(number);
            const std::string value = std::to_string(1000 + round);
            ask(world, {mine, "vm.property.Set", "memory", value});
            held[mine + " property memory"] = value;
        }
    }

    void ask(const World& world, const Ask& wanted)
    {
        const Outcome outcome = run_call(world.root, wanted);
        if (outcome.status != 0)
            failures.push_back(describe(wanted) + ": " + outcome.err);
    }
};

// The same picture from the store.
Held stored(const StoreView& view)
{
    Held found;
    for (const std::string& qube : qubes) {
        for (const std::string& tag : view.tags(qube))
            if (tag.starts_with("t") && tag.size() <= 3)
                found[qube + " tag " + tag] = "";
        for (std::size_t writer = 0; writer < writers; ++writer)
            if (const auto value = view.feature(qube, "f" + std::to_string(writer)))
                found[qube + " feature f" + std::to_string(writer)] = *value;
        const auto memory = view.property(qube, "memory");
        if (memory && memory->size() == 4)
            found[qube + " property memory"] = *memory;
    }
    return found;
}

std::vector<std::string> fields(const std::string& body)
{
    std::vector<std::string> found;
    std::size_t at = 0;
    while (at < body.size()) {
        const std::size_t end = body.find('\0', at);
        found.push_back(body.substr(at, end - at));
        at = end == std::string::npos ? body.size() : end + 1;
    }
    return found;
}

// The picture after the journal's records, one after the other.
Held replayed(const Journal& journal)
{
    Held found;
    for (const Record& record : journal.records) {
        const auto field = fields(record.body);
        const std::string& qube = field.at(0);
        const std::string& event = field.at(1);
        if (event.starts_with("domain-tag-add:"))
            found[qube + " tag " + field.at(3)] = "";
        else if (event.starts_with("domain-tag-delete:"))
            found.erase(qube + " tag " + field.at(3));
        else if (event.starts_with("domain-feature-set:"))
            found[qube + " feature " + field.at(3)] = field.at(5);
        else if (event.starts_with("property-set:"))
            found[qube + " property " + field.at(3)] = field.at(5);
    }
    return found;
}

} // namespace

TEST_CASE("concurrency: 16 writers and 16 readers lose no edit and see no broken store")
{
    const World world;
    std::array<Writer, writers> all;
    std::atomic<std::size_t> edits{0};
    std::atomic<std::size_t> reads{0};
    std::atomic<std::size_t> broken{0};
    {
        std::vector<std::jthread> threads;
        for (std::size_t i = 0; i < writers; ++i) {
            all.at(i).number = i;
            threads.emplace_back([&, i] { all.at(i).run(world, edits); });
        }
        for (std::size_t i = 0; i < 16; ++i)
            threads.emplace_back([&, i] {
                std::size_t seen = 0;
                while (seen < writers * edits_each) {
                    const bool lists = i % 2 == 0;
                    const Outcome outcome =
                        run_call(world.root, lists ? Ask{"dom0", "vm.List"}
                                                   : Ask{"work", "vm.property.Get", "label"});
                    const bool whole = lists ? std::ranges::count(outcome.out, '\n') == 7
                                             : outcome.out == "default=no blue";
                    broken += outcome.status == 0 && whole ? 0 : 1;
                    ++reads;
                    // The next one when some more has changed: reads go on as long as edits do, and
                    // leave them time.
                    const std::size_t next = std::min(seen + 8, writers * edits_each);
                    for (seen = edits; seen < next; seen = edits)
                        edits.wait(seen);
                }
            });
    }
    INFO(reads << " reads beside " << writers * edits_each << " edits");
    CHECK(broken == 0);
    CHECK(reads > 100);

    Held wanted;
    for (const Writer& writer : all) {
        CHECK(writer.failures == std::vector<std::string>{});
        wanted.insert(writer.held.begin(), writer.held.end());
    }
    CHECK(stored(world.view()) == wanted);

    const Journal journal = read_journal(world.root);
    CHECK(journal.whole);
    CHECK(journal.records.size() == writers * edits_each);
    std::size_t out_of_order = 0;
    for (std::size_t i = 0; i < journal.records.size(); ++i)
        out_of_order += journal.records[i].number == i + 1 ? 0 : 1;
    CHECK(out_of_order == 0);
    CHECK(replayed(journal) == wanted);
}
