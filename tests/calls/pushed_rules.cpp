// SPDX-License-Identifier: GPL-2.0-or-later
//
// A change of firewall rules on its way to the netvm of a qube that runs.

#include "calls/net_host.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <thread>

using namespace qmgmt;
using namespace qmgmt::test;
using simulated::with_feature;

TEST_CASE("hypervisor.md 55: rules come before the domain, the key of their address last")
{
    const NetHost host;
    host.gives(setting("action=accept specialtarget=dns\naction=drop\n"), "");
    CHECK(host.changes().empty());
    host.add_hook("domain-pre-spawn", "10-look",
                  "[ \"$2\" != work ] || cp \"$ROOT/qdb/changes\" \"$ROOT/seen\"");
    host.gives(start, "");
    const std::string six = "/qubes-firewall/fd09:24ef:4179::a89:4";
    CHECK(host.changes() == Words{"write " + root_key + "/policy drop",
                                  "write " + root_key + "/0000 action=accept specialtarget=dns",
                                  "write " + root_key + "/0001 action=drop",
                                  "write " + six + "/policy drop",
                                  "write " + six + "/0000 action=accept specialtarget=dns",
                                  "write " + six + "/0001 action=drop", "write " + root_key + " ",
                                  "write " + six + " "});
    CHECK(host.root.read("/seen") ==
          host.root.read("/qdb/changes").substr(0, host.root.read("/seen").size()));
    CHECK(host.root.read("/seen").ends_with("write sys-firewall " + six + " \n"));
    // Each hop filters its own clients alone.
    CHECK(host.rules("10.137.0.3", "sys-net") ==
          Rules{{"policy", "drop"}, {"0000", "action=accept"}});
    CHECK(host.rules("10.137.0.4", "sys-net").empty());

    host.forget_changes();
    host.gives(kill_it, "");
    CHECK_FALSE(host.has_root());
    CHECK(host.rules().empty());
    const Words changes = host.changes();
    REQUIRE(changes.size() == 8);
    CHECK(changes[2] == "rm " + root_key + "/0000");
    CHECK(changes[3] == "rm " + root_key);
}

TEST_CASE("hypervisor.md 53: a qube that sees another address is filtered by its real one")
{
    std::string text = simulated::store();
    text = with_feature(text, "work", "net.fake-ip", "192.168.1.2");
    text = with_feature(text, "work", "net.fake-gateway", "192.168.1.1");
    const NetHost host{"qubesdb = required\n", text};
    host.add_hook("domain-pre-spawn", "10-look",
                  "[ \"$2\" != work ] || cp -r \"$ROOT/qdb/sys-firewall\" \"$ROOT/seen\"");
    host.gives(start, "");
    CHECK(host.hypervisor.live_xml(work_uuid).find("10.137.0.4") != std::string::npos);
    CHECK(host.hypervisor.live_xml(work_uuid).find("192.168.1.2") == std::string::npos);
    const auto own = qubesdb_table(host.root.path(), "work");
    CHECK(own.at("/qubes-ip") == "192.168.1.2");
    CHECK(own.at("/qubes-gateway") == "192.168.1.1");
    CHECK(host.root.read("/seen/=mapped-ip=10.137.0.4=visible-ip") == "192.168.1.2");
    CHECK(host.root.read("/seen/=mapped-ip=10.137.0.4=visible-gateway") == "192.168.1.1");
    CHECK(host.root.read("/seen/=qubes-firewall=10.137.0.4=policy") == "drop");
    CHECK(host.root.exists("/seen/=qubes-firewall=10.137.0.4"));
    CHECK_FALSE(host.has_root("192.168.1.2"));
}

TEST_CASE("firewall-devices.md Q04: old rules are gone before the address is written")
{
    const NetHost host;
    host.gives(setting("action=accept dst4=1.2.3.4\naction=drop\naction=drop\naction=drop\n"
                       "action=accept\n"),
               "");
    host.gives(start, "");
    CHECK(host.rules().size() == 6);
    host.forget_changes();
    host.gives(setting("action=drop\n"), "");
    CHECK(host.rules() == Rules{{"policy", "drop"}, {"0000", "action=drop"}});
    const Words changes = host.changes();
    REQUIRE(changes.size() == 8);
    CHECK(changes[0] == "rm " + root_key + "/");
    CHECK(changes[2] == "write " + root_key + "/policy drop");
    CHECK(changes[6] == "write " + root_key + " ");
    CHECK_FALSE(host.is_noted());
    // Three runs, for both addresses.
    const std::string ran = host.root.read("/qdb/ran");
    CHECK(std::ranges::count(ran, '\n') == 3);

    host.forget_changes();
    host.gives({"work", "vm.firewall.Flush"}, "");
    CHECK(host.rules() == Rules{{"policy", "drop"}});
}

TEST_CASE("firewall-devices.md Q05: the netvm of a halted qube is told nothing")
{
    const NetHost host;
    host.gives({"sys-firewall", "vm.Start"}, "");
    host.forget_changes();
    host.gives_an_id(inserting("action=drop"));
    host.gives(setting("action=drop\n"), "");
    CHECK(host.changes().empty());
    host.gives(start, "");
    CHECK(host.rules() == Rules{{"policy", "drop"}, {"0000", "action=drop"}});
}

TEST_CASE("firewall-devices.md Q06: without a netvm that runs nobody is told")
{
    const NetHost host{"qubesdb = required\n", simulated::store_without_network()};
    host.gives({"sys-firewall", "vm.Start"}, "");
    host.gives(start, "");
    host.forget_changes();
    host.gives(setting("action=drop\n"), "");
    CHECK(host.changes().empty());
    CHECK_FALSE(host.is_noted());

    const NetHost left;
    left.gives(start, "");
    left.gives({"sys-firewall", "vm.Kill"}, "");
    left.forget_changes();
    left.gives(setting("action=drop\n"), "");
    CHECK(left.changes().empty());
    CHECK_FALSE(left.is_noted());

    // Back again, it knows the rules before the interface of its client is there.
    left.hypervisor.forget_log();
    left.refuse("write " + root_key);
    left.gives({"sys-firewall", "vm.Start"}, "");
    CHECK(left.hypervisor.orders(work_uuid).empty()); // no rules, no interface
    left.gives({"sys-firewall", "vm.Kill"}, "");
    left.accept();
    left.gives({"sys-firewall", "vm.Start"}, "");
    CHECK(left.rules() == Rules{{"policy", "drop"}, {"0000", "action=drop"}});
    CHECK(left.hypervisor.orders(work_uuid) == Words{"attach done"});
}

TEST_CASE("firewall-devices.md Q07: a database that refuses costs a warning; it is told again")
{
    const NetHost host;
    host.gives(start, "");
    for (const std::string& refused :
         {"rm " + root_key + "/", "write " + root_key + "/0000", "write " + root_key}) {
        INFO(refused);
        host.refuse(refused);
        host.forget_changes();
        CHECK(logged(host, setting("action=accept dst4=192.0.2.1\n"),
                     "the firewall rules of 'work' are stored, and not applied")
                  .find("PRIORITY=3\n") != std::string::npos);
        host.forget_changes();
        host.warns(setting("action=accept dst4=192.0.2.1\n"));
        const Words changes = host.changes();
        CHECK(std::ranges::find(changes, "write " + root_key + " ") == changes.end());
        CHECK(host.reply({"work", "vm.firewall.Get"}).find("192.0.2.1/32") != std::string::npos);
        CHECK(host.is_noted());
        CHECK(host.count("work", "firewall-changed") > 0);
        CHECK(run_call(host.root, inserting("action=drop")).err ==
              "mgmt.vm.firewall.InsertRule" + std::string{warning});
        host.accept();
        host.expires();
        CHECK(host.rules().at("0000") == "action=accept dst4=192.0.2.1/32");
        CHECK(host.rules().at("0001") == "action=drop");
        CHECK_FALSE(host.is_noted());
        host.forget_changes();
        host.expires();
        CHECK(host.changes().empty());
    }
}

TEST_CASE("pushed rules: without a place to tell the netvm, rules are stored and a warning says so")
{
    for (const std::string lines : {"qubesdb = off\nfirewall-required = no\n"}) {
        const NetHost host{lines};
        host.gives(start, "");
        host.warns(setting("action=drop\n"));
        host.warns(inserting("action=drop"));
        CHECK(host.reply({"work", "vm.firewall.Get"}).find("action=drop") != std::string::npos);
        CHECK_FALSE(host.is_noted());
        CHECK(host.events("work").back() == "firewall-changed");
    }
    const NetHost host; // demanded, and taken away
    host.gives(start, "");
    std::filesystem::remove(host.root.below(qubesdb_daemon_path));
    host.warns(setting("action=drop\n"));
    CHECK(host.rules().at("0000") == "action=accept");
}

TEST_CASE("pushed rules: a change during a start is not lost behind older rules")
{
    const NetHost host;
    host.gives({"sys-firewall", "vm.Start"}, "");
    // Told between the push and the domain: nobody says yet that it runs.
    host.add_hook("domain-pre-spawn", "10-wait",
                  "[ \"$2\" != work ] || { : > \"$ROOT/run/qubes/there\"; i=0; "
                  "while [ ! -e \"$ROOT/go\" ] && [ $i -lt 200 ]; do sleep 0.05; i=$((i + 1)); "
                  "done; }");
    Process starting{remote_command(host.root, start)};
    for (int i = 0; i < 1000 && !host.root.exists("/run/qubes/there"); ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds{10});
    REQUIRE(host.root.exists("/run/qubes/there"));
    CHECK(host.rules().at("0000") == "action=accept");
    host.gives(setting("action=drop\n"), "");
    host.root.write("/go", "");
    CHECK(starting.finish().status == 0);
    CHECK(host.rules() == Rules{{"policy", "drop"}, {"0000", "action=drop"}});
}

TEST_CASE("pushed rules: several changes at once end in what is stored")
{
    const NetHost host;
    host.gives(start, "");
    std::vector<std::unique_ptr<Process>> calls;
    for (int i = 0; i < 8; ++i)
        calls.push_back(std::make_unique<Process>(
            remote_command(host.root, inserting("action=drop dst4=192.0.2." + std::to_string(i)))));
    for (const auto& call : calls)
        CHECK(call->finish().status == 0);
    Words stored;
    std::istringstream rows{host.reply({"work", "vm.firewall.Get"})};
    for (std::string row; std::getline(rows, row);)
        stored.push_back(row.substr(row.find(' ') + 1));
    Words told;
    for (const auto& [key, value] : host.rules())
        if (key != "policy")
            told.push_back(value);
    CHECK(stored.size() == 9);
    CHECK(told == stored);
    CHECK_FALSE(host.is_noted());
}

TEST_CASE("pushed rules: a netvm that may apply none is named in the log")
{
    const std::string_view line = "'sys-firewall' does not have the feature 'qubes-firewall'";
    const NetHost host;
    host.gives(start, "");
    CHECK(logged(host, setting("action=drop\n"), line).find("PRIORITY=4\n") != std::string::npos);
    host.gives({"fedora-25", "vm.feature.Set", "qubes-firewall", "1"}, "");
    CHECK(logged(host, setting("action=drop\n"), line).empty());
}
