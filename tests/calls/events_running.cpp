// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.Events: what the hypervisor tells, with a real libvirt and guests that run (protocol.md 3.2,
// 3.4).

#include "calls/events_world.hpp"
#include "calls/machine.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <csignal>

using namespace qmgmt;
using namespace qmgmt::test;
using namespace std::chrono_literals;

namespace {

// The events in what was heard, without their keys.
std::vector<std::string> names(const std::string& heard, std::string_view subject)
{
    std::vector<std::string> found;
    for (std::size_t at = 0; at < heard.size();) {
        const std::size_t end = heard.find('\n', at);
        const std::string line = heard.substr(at, end - at);
        const std::size_t blank = line.find(' ');
        if (line.substr(0, blank) == subject)
            found.push_back(line.substr(blank + 1, line.find(' ', blank + 1) - blank - 1));
        at = end + 1;
    }
    return found;
}

std::size_t place(const std::vector<std::string>& events, std::string_view name)
{
    return static_cast<std::size_t>(std::ranges::find(events, name) - events.begin());
}

} // namespace

TEST_CASE("Events: the life of a qube, in its order, whoever does it")
{
    const Machine machine;
    Listener listener{machine.session.command({"dom0", "Events"})};
    REQUIRE(listener.hears(established));
    machine.gives({"work", "vm.Start"});
    REQUIRE(listener.hears("work domain-start start_guid="));
    const auto started = names(listener.heard(), "work");
    CHECK(place(started, "domain-pre-start") < place(started, "domain-spawn"));
    CHECK(place(started, "domain-spawn") < place(started, "domain-start"));
    CHECK(std::ranges::count(started, "domain-spawn") == 1);
    CHECK(listener.count("work domain-spawn start_guid=") == 1);

    // libvirt creates it paused, and says so.
    REQUIRE(listener.hears("work domain-unpaused\n"));
    const std::size_t before = listener.count("work domain-paused\n");
    const auto is_told = [&](std::string_view event, std::size_t times) {
        return listener.process().says_within(
            20s, [&](const std::string&) { return listener.count(event) >= times; });
    };
    machine.session.suspend(work_uuid); // past us
    CHECK(is_told("work domain-paused\n", before + 1));
    machine.gives({"work", "vm.Unpause"});
    CHECK(is_told("work domain-unpaused\n", 2));
    machine.gives({"work", "vm.Pause"});
    CHECK(is_told("work domain-paused\n", before + 2));
    machine.gives({"work", "vm.Pause"}); // is so already
    machine.gives({"work", "vm.Unpause"});
    CHECK(is_told("work domain-unpaused\n", 3));
    CHECK(listener.count("work domain-paused\n") == before + 2);

    machine.gives({"work", "vm.Kill"});
    REQUIRE(listener.hears("work domain-shutdown\n"));
    const auto ended = names(listener.heard(), "work");
    CHECK(place(ended, "domain-stopped") < place(ended, "domain-shutdown"));
    CHECK(std::ranges::count(ended, "domain-stopped") == 1);
    CHECK(std::ranges::count(ended, "domain-shutdown") == 1);
    listener.process().close_output();
    const Outcome outcome = listener.process().finish();
    CHECK(outcome.status == 0);
    CHECK(outcome.err == "");
}

TEST_CASE("Events: a domain that is no qube's is nobody's business")
{
    const Machine machine;
    Listener listener{machine.session.command({"dom0", "Events"})};
    REQUIRE(listener.hears(established));
    const std::string_view foreign = "00000000-0000-4000-8000-000000000001";
    machine.session.start_paused("foreign", foreign);
    machine.session.destroy(foreign);
    machine.gives({"work", "vm.tag.Set", "t"});
    REQUIRE(listener.hears("domain-tag-add"));
    CHECK(listener.heard() == std::string{established} + "work domain-tag-add:t tag=t\n");
}

TEST_CASE("Events: what the hypervisor tells is judged by policy, too")
{
    const Machine machine;
    machine.root.write("/etc/qubes/policy.d/30-mgr.policy",
                       "mgmt.Events +domain-paused mgr @tag:created-by-mgr allow\n");
    Listener listener{machine.session.command({"dom0", "Events", "", "", "mgr"})};
    REQUIRE(listener.hears(established));
    machine.gives({"work", "vm.Start"});
    machine.gives({"work", "vm.Pause"});
    CHECK(listener.hears("work domain-paused\n"));
    for (const std::string& event : names(listener.heard(), "work"))
        CHECK(event == "domain-paused");
}

TEST_CASE("Events: when libvirt's daemon goes the stream ends, with busy")
{
    const Machine machine;
    Listener listener{machine.session.command({"dom0", "Events"})};
    REQUIRE(listener.hears(established));
    REQUIRE(::kill(daemon_pid(machine.root), SIGTERM) == 0);
    CHECK(listener.process().ends_within(10s));
    CHECK(listener.process().finish().status == 8);
}
