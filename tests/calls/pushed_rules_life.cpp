// SPDX-License-Identifier: GPL-2.0-or-later
//
// Firewall rules in the life of a qube: its start, its netvm, its end, and theirs.

#include "calls/net_host.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

using namespace qmgmt;
using namespace qmgmt::test;
using simulated::Host;

namespace {

std::string uuid_of_client(int number)
{
    return "3f0b7c52-90a4-4d4e-8b1d-5a0f6f3c" + std::to_string(number);
}

// `text` with 300 more qubes behind sys-firewall, of qid 1000 and on.
std::string with_clients(std::string text)
{
    std::string clients;
    for (int i = 1000; i < 1300; ++i)
        clients += "<domain id=\"domain-" + std::to_string(i) +
                   "\" class=\"AppVM\"><properties><property name=\"label\">red</property>"
                   "<property name=\"name\">client" +
                   std::to_string(i) + "</property><property name=\"qid\">" + std::to_string(i) +
                   "</property><property name=\"template\">fedora-25</property>"
                   "<property name=\"uuid\">" +
                   uuid_of_client(i) + "</property></properties></domain>\n";
    const std::string before = "    <domain id=\"domain-6\" class=\"AppVM\">";
    return with(std::move(text), before, clients + before);
}

} // namespace

TEST_CASE("pushed rules: a qube does not start without them, unless it may")
{
    for (const std::string& refused : {"rm " + root_key + "/", "write " + root_key + "/policy",
                                       "write " + root_key + "/0000", "write " + root_key}) {
        INFO(refused);
        const NetHost host;
        host.gives({"sys-firewall", "vm.Start"}, "");
        if (refused.starts_with("rm")) { // there must be something
            host.root.write("/qdb/sys-firewall/=qubes-firewall=10.137.0.4=0009", "old");
            host.refuse(refused + "\nrm " + root_key + "/0009");
        } else {
            host.refuse(refused);
        }
        const Outcome outcome = run_call(host.root, start);
        check_refusal(outcome, "mgmt.vm.Start", Failure::failed);
        CHECK(outcome.err ==
              "mgmt.vm.Start: failed: the firewall rules of 'work' do not reach its netvm\n");
        CHECK(host.hypervisor.orders(work_uuid).empty());
        CHECK_FALSE(host.has_root());
        CHECK(host.state("sys-firewall") == "Running");
        host.root.configure("hypervisor = test:///default\nqubesdb = required\n"
                            "firewall-required = no\n");
        host.gives(start, "");
        CHECK(host.state("work") == "Running");
        CHECK_FALSE(host.has_root());
    }
    const NetHost nowhere{"qubesdb = off\n"};
    const Outcome outcome = run_call(nowhere.root, start);
    check_refusal(outcome, "mgmt.vm.Start", Failure::failed);
    CHECK(nowhere.hypervisor.orders(work_uuid).empty());
    nowhere.gives({"sys-net", "vm.Start"}, ""); // it has no netvm
}

TEST_CASE("pushed rules: they follow the netvm of a running qube, and leave the old one")
{
    const NetHost host;
    host.gives(setting("action=drop\n"), "");
    host.gives(start, "");
    host.gives({"work", "vm.property.Set", "netvm", "sys-net"}, "");
    CHECK(host.rules("10.137.0.4", "sys-net") ==
          Rules{{"policy", "drop"}, {"0000", "action=drop"}});
    CHECK(host.has_root("10.137.0.4", "sys-net"));
    CHECK(host.rules().empty());
    CHECK_FALSE(host.has_root());
    CHECK_FALSE(host.has_root("fd09:24ef:4179::a89:4"));
    host.gives({"work", "vm.property.Set", "netvm", ""}, "");
    CHECK(host.rules("10.137.0.4", "sys-net").empty());
    CHECK_FALSE(host.has_root("10.137.0.4", "sys-net"));
    host.gives({"work", "vm.property.Set", "netvm", "sys-firewall"}, "");
    CHECK(host.rules().at("0000") == "action=drop");

    // Paused, it leaves when it goes on.
    host.gives({"work", "vm.Pause"}, "");
    host.gives({"work", "vm.property.Set", "netvm", ""}, "");
    CHECK(host.has_root());
    host.gives({"work", "vm.Unpause"}, "");
    CHECK_FALSE(host.has_root());

    // Without rules there, no interface.
    host.refuse("write /qubes-firewall/10.137.0.4/0000");
    host.hypervisor.forget_log();
    host.gives({"work", "vm.property.Set", "netvm", "sys-net"}, "");
    CHECK(host.hypervisor.orders(work_uuid).empty());
    CHECK_FALSE(host.has_root("10.137.0.4", "sys-net"));
}

TEST_CASE("pushed rules: what a run has left in its netvm goes when somebody settles it")
{
    const NetHost host;
    host.gives(start, "");
    CHECK(host.has_root());
    host.hypervisor.set(work_uuid, 5, 1, -1); // it powered off
    host.gives(kill_it, "");
    CHECK_FALSE(host.has_root());
    host.check_tidy("work", work_uuid);
}

TEST_CASE("firewall-devices.md W21: a rule whose time is over goes, and the netvm is told")
{
    const NetHost host;
    host.gives(start, "");
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const auto end = std::chrono::duration_cast<std::chrono::seconds>(now).count() + 2;
    host.gives(setting("action=accept expire=" + std::to_string(end) + "\naction=drop\n"), "");
    CHECK(host.rules() ==
          Rules{{"policy", "drop"}, {"0000", "action=accept"}, {"0001", "action=drop"}});
    host.forget_changes();
    host.hypervisor.forget_log();
    const std::string file = "/var/lib/qubes/appvms/work/firewall.xml";
    const std::string before = host.root.read(file);
    host.expires(); // nothing to do: nobody is asked
    CHECK(host.root.read(file) == before);
    CHECK(host.root.read("/qdb/ran").empty());
    CHECK(host.hypervisor.log().empty());

    std::this_thread::sleep_for(std::chrono::seconds{3});
    CHECK(host.reply({"work", "vm.firewall.Get"}).find("accept") == std::string::npos);
    CHECK(host.root.read(file) == before);
    const std::size_t told = host.count("work", "firewall-changed");
    host.expires();
    CHECK(host.root.read(file).find("accept") == std::string::npos);
    CHECK(host.rules() == Rules{{"policy", "drop"}, {"0000", "action=drop"}});
    CHECK(host.count("work", "firewall-changed") == told + 1);
    const std::string id = identity_of(host.root.below(file));
    host.forget_changes();
    host.expires();
    CHECK(identity_of(host.root.below(file)) == id);
    CHECK(host.changes().empty());
    CHECK(host.count("work", "firewall-changed") == told + 1);
}

TEST_CASE("pushed rules: one qube whose file cannot be read keeps no other from expiring")
{
    const NetHost host;
    const std::string rule =
        "<?xml version='1.0'?>\n<firewall version=\"2\"><rules><rule><properties>"
        "<property name=\"action\">accept</property><property name=\"expire\">1000000000</property>"
        "</properties></rule></rules></firewall>\n";
    for (const char* const qube : {"fedora-25-dvm", "sys-net", "work"})
        host.root.write("/var/lib/qubes/appvms/" + std::string{qube} + "/firewall.xml", rule);
    host.root.write("/var/lib/qubes/appvms/sys-firewall/firewall.xml", "<firewall version=\"9\"/>");
    const Outcome outcome = host.expire();
    CHECK(outcome.status == 1);
    CHECK(outcome.out.starts_with("sys-firewall: "));
    CHECK(std::ranges::count(outcome.out, '\n') == 1);
    for (const char* const qube : {"fedora-25-dvm", "sys-net", "work"}) {
        CHECK(host.root.read("/var/lib/qubes/appvms/" + std::string{qube} + "/firewall.xml")
                  .find("accept") == std::string::npos);
        CHECK(host.count(qube, "firewall-changed") == 1);
    }
}

TEST_CASE("pushed rules: a netvm with more clients than QubesDB takes is told of those that run")
{
    const NetHost host{"qubesdb = required\n", with_clients(simulated::store())};
    const auto told = [&] {
        std::string list = qubesdb_table(host.root.path(), "sys-firewall").at("/connected-ips");
        return " " + list + " ";
    };
    host.gives(start, "");
    CHECK(told() == " 10.137.0.4 ");
    host.hypervisor.set(uuid_of_client(1007), 1, 1, 77);
    host.gives(kill_it, "");
    host.gives(start, "");
    CHECK(told() == " 10.137.3.245 10.137.0.4 ");
    host.gives(kill_it, "");
    for (int i = 1000; i < 1300; ++i)
        host.hypervisor.set(uuid_of_client(i), 1, 1, i);
    const Outcome outcome = run_call(host.root, start);
    check_refusal(outcome, "mgmt.vm.Start", Failure::failed);
    CHECK(outcome.err == "mgmt.vm.Start: failed: the netvm 'sys-firewall' has more clients that "
                         "run than it can be told of\n");
    CHECK_FALSE(host.hypervisor.domain(work_uuid).active());
    CHECK_FALSE(host.has_root());
}

TEST_CASE("pushed rules: on QEMU they stand in the netvm's directory")
{
    const Host host;
    const std::string told =
        "/run/qubes-mgmt/qdb/" + std::string{firewall_uuid} + "/qubes-firewall/10.137.0.4/";
    host.gives(setting("action=drop\n"), "");
    host.gives(start, "");
    CHECK(host.root.read(told + "policy") == "drop");
    CHECK(host.root.read(told + "0000") == "action=drop");
    CHECK(host.root.read(told + "~").empty());
    host.gives(setting("action=accept\naction=drop\n"), "");
    CHECK(host.root.read(told + "0001") == "action=drop");
    host.gives(kill_it, "");
    CHECK_FALSE(host.root.exists(told));
    CHECK(host.root.exists("/run/qubes-mgmt/qdb/" + std::string{firewall_uuid} + "/name"));
}
