// SPDX-License-Identifier: GPL-2.0-or-later

#include "base/fd.hpp"
#include "life/events/merge.hpp"
#include "life/events/outlet.hpp"
#include "life/events/wire.hpp"
#include "support/catch.hpp"

#include <array>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace qmgmt;

namespace {

using namespace std::string_literals;

Event event(const std::string& subject, const std::string& name)
{
    return {subject, name, {}, "AppVM", {}};
}

// "work/domain-start ..."
std::string text(const std::vector<Event>& events)
{
    std::string all;
    for (const Event& one : events)
        all += (all.empty() ? "" : " ") + one.subject + "/" + one.name;
    return all;
}

struct Ends {
    Fd theirs;
    Fd ours;
};

Ends sockets()
{
    std::array<int, 2> ends{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
    return {Fd{ends[0]}, Fd{ends[1]}};
}

Ends pipes()
{
    std::array<int, 2> ends{};
    REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
    return {Fd{ends[0]}, Fd{ends[1]}};
}

// What can be read now.
std::string taken(const Fd& from)
{
    std::string all;
    std::array<char, 4096> buffer{};
    pollfd wait{from.get(), POLLIN, 0};
    while (::poll(&wait, 1, 0) == 1) {
        const ssize_t got = ::read(from.get(), buffer.data(), buffer.size());
        if (got <= 0)
            break;
        all.append(buffer.data(), static_cast<std::size_t>(got));
    }
    return all;
}

} // namespace

TEST_CASE("events: a line has no blank, no percent sign and no foreign byte but as %XX", "[life]")
{
    CHECK(event_line({"", "connection-established", {}, "", {}}) == "- connection-established\n");
    CHECK(event_line({"work", "domain-feature-set:f", {{"value", "a b%\n\x7f\xc3"}}, "", {}}) ==
          "work domain-feature-set:f value=a%20b%25%0A%7F%C3\n");
    CHECK(event_line({"work", "e", {{"a", ""}, {"b", "~!="}}, "", {}}) == "work e a= b=~!=\n");
}

TEST_CASE("events: a frame ends with an empty key", "[life]")
{
    CHECK(event_frame({"", "e", {}, "AppVM", {"t"}}) == "1\0\0e\0\0"s);
    CHECK(event_frame({"work", "e", {{"k", ""}, {"l", "v"}}, "", {}}) ==
          "1\0work\0e\0k\0\0l\0v\0\0"s);
}

TEST_CASE("events: what a policy is asked has no byte that qrexec lets nobody send", "[life]")
{
    CHECK(event_argument("property-set:netvm") == "property-set_netvm");
    CHECK(event_argument("a.b_C-9+x: /@\n\xff"s) == "a.b_C-9+x______");
}

TEST_CASE("events: what the hypervisor tells stands where it belongs in what the calls wrote",
          "[life]")
{
    const std::vector<Event> start = {event("work", "domain-pre-start"),
                                      event("vault", "domain-tag-add:t"),
                                      event("work", "domain-start")};
    CHECK(text(merge_events(start, {event("work", "domain-spawn")})) ==
          "work/domain-pre-start vault/domain-tag-add:t work/domain-spawn work/domain-start");
    // Nobody has said that it starts, or has started.
    CHECK(text(merge_events({}, {event("work", "domain-spawn")})) == "work/domain-spawn");
    CHECK(
        text(merge_events({event("work", "domain-pre-start")}, {event("work", "domain-spawn")})) ==
        "work/domain-pre-start work/domain-spawn");
    CHECK(text(merge_events({event("work", "domain-start")}, {event("work", "domain-spawn")})) ==
          "work/domain-spawn work/domain-start");
    // Of others.
    CHECK(
        text(merge_events(start, {event("home", "domain-spawn")})).ends_with(" home/domain-spawn"));
    CHECK(
        text(merge_events({event("work", "domain-pre-shutdown"), event("work", "domain-shutdown")},
                          {event("work", "domain-stopped")})) ==
        "work/domain-pre-shutdown work/domain-stopped work/domain-shutdown");
}

TEST_CASE("events: two runs of a qube that are told at once are two", "[life]")
{
    CHECK(text(merge_events({event("work", "domain-pre-start"), event("work", "domain-start"),
                             event("work", "domain-shutdown"), event("work", "domain-pre-start"),
                             event("work", "domain-start")},
                            {event("work", "domain-spawn"), event("work", "domain-stopped"),
                             event("work", "domain-spawn"), event("work", "domain-paused")})) ==
          "work/domain-pre-start work/domain-spawn work/domain-start work/domain-stopped "
          "work/domain-shutdown work/domain-pre-start work/domain-spawn work/domain-start "
          "work/domain-paused");
}

TEST_CASE("events: the outlet keeps what is not taken, and gives it up in order", "[life]")
{
    for (const bool socket : {true, false}) {
        INFO(socket);
        const Ends ends = socket ? sockets() : pipes();
        Outlet outlet{ends.ours.get()};
        CHECK(outlet.wanted() == 0);
        std::string all;
        for (int i = 0; i < 4096; ++i) { // more than a pipe or a socket holds
            const std::string one = std::to_string(i) + std::string(200, 'x') + "\n";
            REQUIRE(outlet.put(one));
            all += one;
        }
        CHECK_FALSE(outlet.put("x"));
        CHECK(outlet.wanted() == POLLOUT);
        std::string got;
        while (!outlet.empty()) {
            REQUIRE(outlet.flush());
            const std::string some = taken(ends.theirs);
            REQUIRE(!some.empty());
            got += some;
        }
        CHECK(got == all);
        CHECK(outlet.put("x"));
    }
}

TEST_CASE("events: the outlet has an end in bytes, too, and knows when nobody reads", "[life]")
{
    std::signal(SIGPIPE, SIG_IGN); // as every call has it
    for (const bool socket : {true, false}) {
        INFO(socket);
        Ends ends = socket ? sockets() : pipes();
        Outlet outlet{ends.ours.get()};
        CHECK_FALSE(outlet.put(std::string(Outlet::most_bytes + 1, 'x')));
        CHECK(outlet.put(std::string(Outlet::most_bytes, 'x')));
        CHECK_FALSE(outlet.put("x"));
        CHECK(outlet.flush());
        CHECK_FALSE(outlet.empty());
        ends.theirs.reset();
        CHECK_FALSE(outlet.flush());
    }
}
