// SPDX-License-Identifier: GPL-2.0-or-later
//
// The root in force is read once a process: what reads and what writes the journal runs in
// children, and what they see is what the children return.

#include "base/error.hpp"
#include "state/journal_reader.hpp"
#include "support/catch.hpp"
#include "support/in_root.hpp"

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace qmgmt;
using qmgmt::test::Root;

namespace {

Event event(const std::string& name, const std::string& value = "1")
{
    return {"work", name, {{"n", value}}, "AppVM", {"a", "b"}};
}

bool has_news(const JournalReader& reader, int milliseconds)
{
    pollfd wait{reader.fd(), POLLIN, 0};
    return ::poll(&wait, 1, milliseconds) == 1;
}

std::vector<std::string> names(const std::vector<Event>& events)
{
    std::vector<std::string> found;
    for (const Event& one : events)
        found.push_back(one.name);
    return found;
}

bool says_lost(JournalReader& reader)
{
    try {
        static_cast<void>(reader.read());
    } catch (const Error& error) {
        return error.kind() == Failure::busy;
    }
    return false;
}

// A process that writes `count` events, each with its own number as value, and `size` bytes more.
pid_t write_elsewhere(const std::string& name, int count, std::size_t size = 0)
{
    const pid_t child = ::fork();
    if (child != 0)
        return child;
    for (int i = 0; i < count; ++i)
        journal({event(name, std::to_string(i) + ":" + std::string(size, 'x'))});
    ::_exit(0);
}

bool ended_well(pid_t child)
{
    int status = -1;
    return ::waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

// Reads until each of two writers, "one" and "two", has said its last; false when a number of
// theirs is out of order.
bool read_both(JournalReader& reader, std::array<int, 2>& first, std::array<int, 2>& last, int end)
{
    first = last = {-1, -1};
    while (last[0] != end || last[1] != end) {
        if (!reader.more() && !has_news(reader, 5000))
            return false;
        for (const Event& one : reader.read()) {
            const std::size_t who = one.name == "one" ? 0 : 1;
            const int number = std::atoi(one.keys.at(0).second.c_str());
            if (first.at(who) < 0)
                first.at(who) = number;
            else if (number != last.at(who) + 1)
                return false;
            last.at(who) = number;
        }
    }
    return true;
}

std::string newest_segment(const Root& root)
{
    std::string newest;
    for (const auto& entry :
         std::filesystem::directory_iterator{root.make_way("/run/qubes-mgmt/events")})
        if (entry.path().filename().string().starts_with("seg-"))
            newest = std::max(newest, entry.path().string());
    return newest;
}

} // namespace

TEST_CASE("journal reader: what is written later is read once, as it was written", "[state]")
{
    const Root root;
    CHECK(root.run([] {
        journal({event("before")});
        JournalReader reader;
        if (!reader.read().empty())
            return false;
        journal({event("one"), {"", "two", {}, "", {}}});
        if (!has_news(reader, 1000))
            return false;
        const auto events = reader.read();
        if (names(events) != std::vector<std::string>{"one", "two"} || !reader.read().empty() ||
            has_news(reader, 0))
            return false;
        const Event& first = events[0];
        return first.subject == "work" && first.klass == "AppVM" &&
               first.keys == decltype(first.keys){{"n", "1"}} &&
               first.tags == std::vector<std::string>{"a", "b"} && events[1].subject.empty() &&
               events[1].keys.empty() && events[1].tags.empty();
    }));
}

TEST_CASE("journal reader: begins before there is a journal", "[state]")
{
    const Root root;
    CHECK(root.run([] {
        JournalReader reader;
        if (!reader.read().empty())
            return false;
        journal({event("first")});
        journal({event("second")});
        return has_news(reader, 1000) &&
               names(reader.read()) == std::vector<std::string>{"first", "second"};
    }));
}

TEST_CASE("protocol.md J03: a reader that begins while others write misses nothing, nothing twice",
          "[state]")
{
    for (int attempt = 0; attempt < 5; ++attempt) {
        const Root root;
        CHECK(root.run([] {
            constexpr int count = 1500;
            const pid_t one = write_elsewhere("one", count);
            const pid_t two = write_elsewhere("two", count);
            ::usleep(10'000); // in the midst
            JournalReader reader;
            std::array<int, 2> first{};
            std::array<int, 2> last{};
            const bool complete = read_both(reader, first, last, count - 1);
            return ended_well(one) && ended_well(two) && complete;
        }));
    }
}

TEST_CASE("journal reader: follows from segment to segment", "[state]")
{
    const Root root;
    CHECK(root.run([] {
        constexpr int count = 300; // of 40 kB: a segment has about a hundred
        JournalReader reader;
        const pid_t one = write_elsewhere("one", count, 40'000);
        const pid_t two = write_elsewhere("two", count, 40'000);
        std::array<int, 2> first{};
        std::array<int, 2> last{};
        const bool complete = read_both(reader, first, last, count - 1);
        return ended_well(one) && ended_well(two) && complete && first == std::array{0, 0};
    }));
}

TEST_CASE("journal reader: one that is left behind is told", "[state]")
{
    const Root root;
    CHECK(root.run([] {
        journal({event("before")});
        JournalReader reader;
        if (!ended_well(write_elsewhere("one", 600, 40'000)))
            return false;
        // What is still there comes first: its own segment, which it holds open.
        std::size_t seen = 0;
        try {
            for (;;)
                seen += reader.read().size();
        } catch (const Error& error) {
            return error.kind() == Failure::busy && seen > 50 && seen < 150;
        }
    }));
}

TEST_CASE("journal reader: a journal that is taken away is told", "[state]")
{
    const Root root;
    CHECK(root.run([&] {
        journal({event("before")});
        JournalReader reader;
        std::filesystem::remove(newest_segment(root));
        return has_news(reader, 1000) && says_lost(reader);
    }));
}

TEST_CASE("journal reader: a writer's word of lost events ends the reading, later ones begin anew",
          "[state]")
{
    const Root root;
    CHECK(root.run([] {
        JournalReader reader;
        journal({event("one"), event("gap"), event("two")});
        if (names(reader.read()) != std::vector<std::string>{"one"} || !reader.more() ||
            !says_lost(reader) || !says_lost(reader))
            return false;
        JournalReader later;
        journal({event("three")});
        return names(later.read()) == std::vector<std::string>{"three"};
    }));
}

TEST_CASE("journal reader: half a record is waited for, or written anew by somebody else",
          "[state]")
{
    const Root root;
    CHECK(root.run([&] {
        journal({event("one"), event("two")});
        const std::string segment = newest_segment(root);
        std::filesystem::resize_file(segment, std::filesystem::file_size(segment) - 5);
        JournalReader reader; // between "one" and what is to come
        if (!reader.read().empty())
            return false;
        journal({event("three")});
        return names(reader.read()) == std::vector<std::string>{"three"};
    }));
}

TEST_CASE("journal reader: a segment that is no journal any more is told", "[state]")
{
    const Root root;
    CHECK(root.run([&] {
        journal({event("one")});
        JournalReader reader;
        std::ofstream{newest_segment(root), std::ios::app} << std::string(100'000, 'x');
        return says_lost(reader);
    }));
}
