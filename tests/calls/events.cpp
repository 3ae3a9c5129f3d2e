// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.Events: what somebody hears who listens while others change something, and how it ends
// (protocol.md 3.1, 3.4, 7.5). dom0 listens, who hears everything.

#include "calls/events_world.hpp"
#include "calls/world.hpp"
#include "support/catch.hpp"

#include <csignal>
#include <filesystem>
#include <memory>

using namespace qmgmt;
using namespace qmgmt::test;
using namespace std::chrono_literals;

namespace {

std::string frame(std::string text) // with a vertical bar for each NUL
{
    for (char& c : text)
        c = c == '|' ? '\0' : c;
    return text;
}

// The fixture with so many more qubes that take the default netvm.
std::string store_of_many(int count)
{
    std::string text = store_text("fixture.xml");
    const auto name = text.find("<property name=\"name\">work<");
    const auto begin = text.rfind("<domain ", name);
    const auto end = text.find("</domain>", begin) + std::string_view{"</domain>"}.size();
    const std::string work = text.substr(begin, end - begin);
    std::string more;
    for (int i = 0; i < count; ++i) {
        const std::string number = std::to_string(100 + i);
        std::string qube = with(work, "name=\"name\">work<", "name=\"name\">w" + number + "<");
        qube = with(qube, "6e3b1f8e0e04", "6e3b1f8e0" + number);
        const auto qid = qube.find("name=\"qid\">") + std::string_view{"name=\"qid\">"}.size();
        qube.replace(qid, qube.find('<', qid) - qid, number);
        const auto id = qube.find(" id=\"");
        if (id < qube.find('>'))
            qube.replace(id, qube.find('"', id + 5) + 1 - id, " id=\"domain-" + number + "\"");
        more += qube + "\n    ";
    }
    return text.insert(begin, more);
}

} // namespace

TEST_CASE("protocol.md F10: a stream begins with a frame of its own")
{
    const World world;
    Listener listener{world.root, {"dom0", "admin.Events"}};
    const std::string first = frame("1||connection-established||");
    REQUIRE(listener.hears(first));
    CHECK(listener.heard() == first);
    world.gives({"work", "vm.tag.Set", "t"}, "");
    const std::string second = frame("1|work|domain-tag-add:t|tag|t||");
    CHECK(listener.hears(second));
    CHECK(listener.heard() == first + second);
    listener.process().close_output();
    const Outcome outcome = listener.process().finish();
    CHECK(outcome.status == 0);
    CHECK(outcome.err == "");
}

TEST_CASE("Events: a line an event, what is awkward in it encoded")
{
    const World world;
    Listener listener{world.root, {"dom0", "Events"}};
    REQUIRE(listener.hears(established));
    world.gives({"work", "vm.feature.Set", "f", "a 50% b"}, "");
    world.gives({"dom0", "property.Set", "stats_interval", "5"}, "");
    world.gives({"work", "vm.tag.Set", "t"}, "");
    REQUIRE(listener.hears("tag=t\n"));
    CHECK(listener.heard().starts_with(
        "- connection-established\n"
        "work domain-feature-set:f feature=f value=a%2050%25%20b\n"
        "- property-set:stats_interval name=stats_interval newvalue=5"));
    CHECK(listener.heard().ends_with("\nwork domain-tag-add:t tag=t\n"));
}

TEST_CASE("Events: of a qube only what is about it")
{
    const World world;
    Listener listener{world.root, {"work", "Events"}};
    REQUIRE(listener.hears(established));
    world.gives({"mgr", "vm.tag.Set", "t"}, "");
    world.gives({"work", "vm.tag.Set", "t"}, "");
    REQUIRE(listener.hears("domain-tag-add"));
    CHECK(listener.heard() == std::string{established} + "work domain-tag-add:t tag=t\n");
    world.fails({"nosuch", "Events"}, failure::vm_not_found);
    world.fails({"dom0", "Events", "x"}, failure::protocol);
    world.fails({"dom0", "Events", "", "x"}, failure::protocol);
}

TEST_CASE("protocol.md J03: two who listen hear what two write, all of it and in one order")
{
    const World world;
    Listener one{world.root, {"dom0", "Events"}};
    Listener two{world.root, {"dom0", "Events"}};
    REQUIRE(one.hears(established));
    REQUIRE(two.hears(established));
    for (int i = 0; i < 100; ++i) {
        Process set{remote_command(world.root, {"work", "vm.tag.Set", "a" + std::to_string(i)})};
        Process other{remote_command(world.root, {"mgr", "vm.tag.Set", "b" + std::to_string(i)})};
        CHECK(set.finish().status == 0);
        CHECK(other.finish().status == 0);
    }
    world.gives({"work", "vm.feature.Set", "last", "1"}, "");
    REQUIRE(one.hears("domain-feature-set:last"));
    REQUIRE(two.hears("domain-feature-set:last"));
    CHECK(one.count("domain-tag-add") == 200);
    CHECK(one.heard() == two.heard());
    for (int i = 0; i < 100; ++i) {
        CHECK(one.count("work domain-tag-add:a" + std::to_string(i) + " ") == 1);
        CHECK(one.count("mgr domain-tag-add:b" + std::to_string(i) + " ") == 1);
    }
}

TEST_CASE("protocol.md J04: who never reads is left, with busy, and nobody waits for him")
{
    for (const char* const call : {"Events", "admin.Events"}) {
        const World world{store_of_many(600)};
        Listener listener{world.root, {"dom0", call}};
        REQUIRE(listener.hears("connection-established"));
        for (int i = 0; i < 9; ++i) // of 600 events and some each
            world.gives(
                {"dom0", "property.Set", "default_netvm", i % 2 == 0 ? "sys-net" : "sys-firewall"},
                "");
        CHECK(listener.process().ends_within(20s));
        const Outcome outcome = listener.process().finish();
        CHECK(outcome.status == 8);
        CHECK(outcome.err.find(": busy: ") != std::string::npos);
        CHECK(outcome.out.find(frame("||2|")) == std::string::npos); // no frame of another kind
    }
}

TEST_CASE("Events: who is slow, but reads, hears everything")
{
    const World world{store_of_many(600)};
    Listener listener{world.root, {"dom0", "Events"}};
    REQUIRE(listener.hears(established));
    for (int i = 0; i < 3; ++i)
        world.gives(
            {"dom0", "property.Set", "default_netvm", i % 2 == 0 ? "sys-net" : "sys-firewall"}, "");
    world.gives({"work", "vm.tag.Set", "t"}, "");
    REQUIRE(listener.hears("domain-tag-add"));
    CHECK(listener.count("property-reset:netvm name=netvm\n") >= 3 * 600);
}

TEST_CASE("protocol.md J05: when the caller has gone the stream ends, without an event")
{
    const World world;
    Listener listener{world.root, {"dom0", "Events"}};
    REQUIRE(listener.hears(established));
    CHECK_FALSE(listener.process().ends_within(200ms));
    listener.process().close_output();
    CHECK(listener.process().ends_within(1s));
    CHECK(listener.process().finish().status == 0);
}

TEST_CASE("Events: a signal ends it, and so does the time that was given")
{
    const World world;
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) {
        Listener listener{world.root, {"dom0", "Events"}};
        REQUIRE(listener.hears(established));
        ::kill(listener.process().pid(), signal);
        CHECK(listener.process().ends_within(1s));
        CHECK(listener.process().finish().status == 0);
    }
    const Outcome outcome = run_local(world.root, "mgmt.Events", {"--plain", "--timeout=0.3"});
    CHECK(outcome.status == 0);
    CHECK(outcome.out == established);
    CHECK(outcome.err == "");
    check_refusal(run_local(world.root, "mgmt.Events", {"--json", "--timeout=5"}), "mgmt.Events",
                  Failure::protocol);
}

TEST_CASE("Events: lost events end the stream, after those that came before")
{
    const World world;
    world.gives({"work", "vm.tag.Set", "before"}, "");
    Listener listener{world.root, {"dom0", "Events"}};
    REQUIRE(listener.hears(established));
    for (const auto& entry :
         std::filesystem::directory_iterator{world.root.below("/run/qubes-mgmt/events")})
        if (entry.path().filename().string().starts_with("seg-"))
            std::filesystem::remove(entry.path());
    CHECK(listener.process().ends_within(5s));
    const Outcome outcome = listener.process().finish();
    CHECK(outcome.out == established);
    CHECK(outcome.status == 8);
}

TEST_CASE("Events: a qube has eight streams at once")
{
    const World world;
    const auto listen = [&](const std::string& caller) {
        auto listener =
            std::make_unique<Listener>(world.root, Ask{"dom0", "Events", "", "", caller});
        REQUIRE(listener->hears(established));
        return listener;
    };
    std::vector<std::unique_ptr<Listener>> listeners;
    for (int i = 0; i < 8; ++i)
        listeners.push_back(listen("mgr"));
    world.fails({"dom0", "Events", "", "", "mgr"}, failure::busy);
    listeners.push_back(listen("work"));
    listeners.push_back(listen("dom0"));
    listeners.front()->process().close_output(); // and one is free again
    CHECK(listeners.front()->process().ends_within(1s));
    listeners.push_back(listen("mgr"));
}

TEST_CASE("Events: without a hypervisor to listen to the rest is told, and that is said once")
{
    const World world;
    world.root.configure("hypervisor = qemu+unix:///system?socket=/nowhere/libvirt-sock\n");
    Listener listener{world.root, {"dom0", "Events"}};
    REQUIRE(listener.hears(established));
    world.gives({"work", "vm.tag.Set", "t"}, "");
    REQUIRE(listener.hears("work domain-tag-add:t tag=t\n"));
    listener.process().close_output();
    const Outcome outcome = listener.process().finish();
    CHECK(outcome.status == 0);
    CHECK(outcome.err == "mgmt.Events: warning: the hypervisor does not tell what happens: its "
                         "events are missing\n");
}
