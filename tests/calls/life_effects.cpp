// SPDX-License-Identifier: GPL-2.0-or-later
//
// What Set does to a qube that runs: store.md 3.5, row by row, with the live XML, the store and the
// journal before and after.

#include "calls/journal_view.hpp"
#include "calls/machine.hpp"
#include "calls/world.hpp"
#include "support/catch.hpp"
#include "support/store_view.hpp"

#include <filesystem>
#include <unistd.h>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

constexpr std::string_view with_interfaces = "hypervisor = qemu:///session\nqemu-net = user\n";

bool has_interface(const Machine& machine, std::string_view uuid)
{
    return machine.session.live_xml(uuid).find("<interface type='user'>") != std::string::npos;
}

std::string property(const Machine& machine, std::string_view qube, std::string_view name)
{
    return StoreView{machine.root.store()}.property(qube, name).value_or("(none)");
}

} // namespace

TEST_CASE("effects of label: autostart, memory, vcpus: the domain stays as it is")
{
    const Machine machine;
    machine.gives({"work", "vm.Start"});
    const std::string before = machine.session.live_xml(work_uuid);
    struct Row {
        const char* name;
        const char* value;
    };
    for (const auto& [name, value] :
         {Row{"autostart", "True"}, Row{"memory", "48"}, Row{"vcpus", "3"}, Row{"maxmem", "300"},
          Row{"kernelopts", "quiet"}, Row{"virt_mode", "hvm"}, Row{"label", "green"},
          Row{"provides_network", "True"}}) {
        INFO(name);
        machine.gives({"work", "vm.property.Set", name, value});
        CHECK(property(machine, "work", name) == value);
        CHECK(events_of(machine.root, "work", std::string{"property-set:"} + name) == 1);
    }
    CHECK(machine.session.live_xml(work_uuid) == before);
    CHECK(
        std::filesystem::read_symlink(machine.root.below("/var/lib/qubes/appvms/work/icon.png")) ==
        "/usr/share/icons/hicolor/128x128/devices/appvm-green.png");
    machine.gives({"work", "vm.Kill"});
    machine.gives({"work", "vm.Start"});
    CHECK(machine.session.live_xml(work_uuid).find("<vcpu placement='static'>3<") !=
          std::string::npos);
    machine.gives({"work", "vm.Kill"});
}

TEST_CASE("effects of kernel: the next start's, and the volume of that name is its")
{
    const Machine machine;
    machine.gives({"work", "vm.Start"});
    const std::string before = machine.session.live_xml(work_uuid);
    machine.gives({"work", "vm.property.Set", "kernel", "4.8.12-12"});
    CHECK(property(machine, "work", "kernel") == "4.8.12-12");
    CHECK(StoreView{machine.root.store()}.volume("work", "kernel", "vid") == "4.8.12-12");
    CHECK(events_of(machine.root, "work", "property-set:kernel") == 1);
    CHECK(machine.session.live_xml(work_uuid) == before);
    machine.gives({"work", "vm.property.Reset", "kernel"});
    CHECK(property(machine, "work", "kernel") == "(none)");
    CHECK(events_of(machine.root, "work", "property-reset:kernel") == 1);
    CHECK(machine.session.live_xml(work_uuid) == before);
    machine.gives({"work", "vm.Kill"});
}

TEST_CASE("effects of clockvm: the old one and the new one are told while they run")
{
    const Machine machine;
    for (const char* const qube : {"sys-net", "work"})
        machine.gives({qube, "vm.Start"});
    const auto clock = [&](std::string_view uuid) {
        const std::string path =
            "/run/qubes-mgmt/qdb/" + std::string{uuid} + "/qubes-service/clocksync";
        return machine.root.exists(path) ? machine.root.read(path) : "(none)";
    };
    const auto feature = [&](std::string_view qube) {
        return StoreView{machine.root.store()}
            .feature(qube, "service.clocksync")
            .value_or("(none)");
    };
    CHECK(clock(net_uuid) == "1");
    CHECK(clock(work_uuid) == "(none)");
    const std::string before = machine.session.live_xml(work_uuid);
    machine.gives({"dom0", "property.Set", "clockvm", "work"});
    CHECK(feature("sys-net") == "(none)");
    CHECK(feature("work") == "1");
    CHECK(clock(net_uuid) == "(none)");
    CHECK(clock(work_uuid) == "1");
    CHECK(events_of(machine.root, "work", "domain-feature-set:service.clocksync") == 1);
    CHECK(events_of(machine.root, "sys-net", "domain-feature-delete:service.clocksync") == 1);
    CHECK(events_of(machine.root, "", "property-set:clockvm") == 1);
    machine.gives({"dom0", "property.Reset", "clockvm"}); // nobody's
    CHECK(feature("work") == "(none)");
    CHECK(clock(work_uuid) == "(none)");
    CHECK(machine.session.live_xml(work_uuid) == before);
    for (const char* const qube : {"sys-net", "work"})
        machine.gives({qube, "vm.Kill"});
}

TEST_CASE("effects of guivm and audiovm: tags follow, the domain stays as it is")
{
    const Machine machine;
    machine.root.configure("hypervisor = qemu:///session\nstore-dialect = current\n");
    machine.gives({"work", "vm.Start"});
    const std::string before = machine.session.live_xml(work_uuid);
    const auto tags = [&](std::string_view prefix) {
        std::string found;
        for (const std::string& tag : StoreView{machine.root.store()}.tags("work"))
            found += tag.starts_with(prefix) ? tag + " " : "";
        return found;
    };
    for (const std::string name : {"guivm", "audiovm"}) {
        INFO(name);
        machine.gives({"work", "vm.property.Set", name, "sys-net"});
        CHECK(tags(name) == name + "-sys-net ");
        machine.gives({"work", "vm.property.Set", name, "sys-firewall"});
        CHECK(tags(name) == name + "-sys-firewall ");
        CHECK(events_of(machine.root, "work", "property-set:" + name) == 2);
        CHECK(events_of(machine.root, "work", "domain-tag-add:" + name + "-sys-firewall") == 1);
        CHECK(events_of(machine.root, "work", "domain-tag-delete:" + name + "-sys-net") == 1);
        machine.gives({"work", "vm.property.Set", name});
        CHECK(tags(name).empty());
    }
    CHECK(machine.session.live_xml(work_uuid) == before);
    machine.gives({"work", "vm.Kill"});
}

TEST_CASE("effects of netvm without interfaces: the store changes, the domain does not")
{
    const Machine machine;
    machine.gives({"work", "vm.Start"});
    const std::string before = machine.session.live_xml(work_uuid);
    machine.fails({"work", "vm.property.Set", "netvm", "sys-net"}, failure::not_started);
    machine.gives({"sys-net", "vm.Start"});
    machine.gives({"work", "vm.property.Set", "netvm", "sys-net"});
    CHECK(property(machine, "work", "netvm") == "sys-net");
    CHECK(events_of(machine.root, "work", "property-set:netvm") == 1);
    CHECK(events_of(machine.root, "sys-net", "net-domain-connect") == 1);
    CHECK(machine.session.live_xml(work_uuid) == before);

    // All three are told: the qube, the netvm it joins, and the one it leaves.
    const auto table = [](std::string_view uuid) {
        return "/run/qubes-mgmt/qdb/" + std::string{uuid};
    };
    CHECK(machine.root.read(table(work_uuid) + "/qubes-gateway") == "10.137.0.2");
    CHECK(machine.root.read(table(net_uuid) + "/connected-ips") == "10.137.0.3 10.137.0.4");
    const std::string mapped = table(net_uuid) + "/mapped-ip/10.137.0.4/visible-ip";
    CHECK(machine.root.read(mapped) == "10.137.0.4");
    machine.gives({"work", "vm.property.Set", "netvm"});
    CHECK(!machine.root.exists(table(work_uuid) + "/qubes-gateway"));
    CHECK(machine.root.read(table(net_uuid) + "/connected-ips") == "10.137.0.3");
    CHECK(!machine.root.exists(mapped));

    // The default is sys-firewall, which does not run.
    machine.fails({"work", "vm.property.Reset", "netvm"}, failure::not_started);
    machine.gives({"sys-firewall", "vm.Start"});
    machine.gives({"work", "vm.property.Reset", "netvm"});
    CHECK(property(machine, "work", "netvm") == "(none)");
    CHECK(events_of(machine.root, "work", "property-reset:netvm") == 1);
    CHECK(events_of(machine.root, "sys-firewall", "net-domain-connect") == 1);
    CHECK(machine.root.read(table(work_uuid) + "/qubes-gateway") == "10.137.0.3");
    CHECK(machine.root.read(table(firewall_uuid) + "/connected-ips").find("10.137.0.4") !=
          std::string::npos);
    CHECK(machine.session.live_xml(work_uuid) == before);
    machine.gives({"sys-firewall", "vm.Kill"});
    machine.gives({"work", "vm.Kill"});
    machine.gives({"sys-net", "vm.Kill"});
}

TEST_CASE("hypervisor.md 38: an interface joins a running qube; a guest that keeps it says no")
{
    const Machine machine;
    machine.root.configure(with_interfaces);
    machine.gives({"sys-net", "vm.Start"});
    machine.gives({"work", "vm.Start"});
    CHECK(!has_interface(machine, work_uuid));
    machine.gives({"work", "vm.property.Set", "netvm", "sys-net"});
    CHECK(has_interface(machine, work_uuid));
    CHECK(property(machine, "work", "netvm") == "sys-net");
    CHECK(events_of(machine.root, "sys-net", "net-domain-connect") == 1);

    // 38: the boot sector does not answer an unplug.
    const std::string store = machine.root.store();
    const Outcome refused = machine.session.run_call({"work", "vm.property.Set", "netvm"});
    CHECK(refused.status == 1);
    CHECK(refused.err == "mgmt.vm.property.Set: failed: cannot detach the device: the guest did "
                         "not let go of it\n");
    CHECK(machine.root.store() == store);
    CHECK(has_interface(machine, work_uuid));
    CHECK(events_of(machine.root, "work", "property-set:netvm") == 1);
    machine.gives({"work", "vm.Kill"});
    machine.gives({"sys-net", "vm.Kill"});
}

TEST_CASE("hypervisor.md 23: a netvm chosen while the qube is paused joins it when it goes on")
{
    const Machine machine;
    machine.root.configure(with_interfaces);
    machine.gives({"sys-net", "vm.Start"});
    machine.gives({"work", "vm.Start"});
    machine.gives({"work", "vm.Pause"});
    machine.gives({"work", "vm.property.Set", "netvm", "sys-net"});
    CHECK(property(machine, "work", "netvm") == "sys-net");
    CHECK(StoreView{machine.root.store()}.feature("work", "deferred-netvm-original") == "");
    CHECK(!has_interface(machine, work_uuid));
    machine.gives({"work", "vm.Unpause"});
    CHECK(has_interface(machine, work_uuid));
    CHECK(!StoreView{machine.root.store()}.feature("work", "deferred-netvm-original"));

    // One that stops meanwhile starts with the new one, and nothing is deferred any more.
    machine.gives({"work", "vm.Pause"});
    machine.gives({"work", "vm.property.Set", "netvm"});
    CHECK(StoreView{machine.root.store()}.feature("work", "deferred-netvm-original") == "sys-net");
    machine.gives({"work", "vm.Kill"});
    CHECK(!StoreView{machine.root.store()}.feature("work", "deferred-netvm-original"));
    machine.gives({"sys-net", "vm.Kill"});
}

TEST_CASE("effects of default_netvm: every running qube without a netvm of its own")
{
    // work takes the netvm of the system, which is none at first.
    const Machine machine{with(store_of_guests(),
                               R"(<property name="default_netvm">sys-firewall</property>)",
                               R"(<property name="default_netvm"></property>)")};
    machine.root.configure(with_interfaces);
    machine.gives({"work", "vm.Start"});
    CHECK(!has_interface(machine, work_uuid));
    machine.fails({"dom0", "property.Set", "default_netvm", "sys-net"}, failure::not_started);
    machine.gives({"sys-net", "vm.Start"});
    machine.gives({"dom0", "property.Set", "default_netvm", "sys-net"});
    CHECK(has_interface(machine, work_uuid));
    CHECK(events_of(machine.root, "sys-net", "net-domain-connect") == 1);
    machine.gives({"work", "vm.Kill"});
    machine.gives({"sys-net", "vm.Kill"});
}

TEST_CASE("effects of netvm: a client gets its network back when its netvm starts again")
{
    const Machine machine{store_of_guests()};
    machine.root.configure(with_interfaces);
    machine.gives({"work", "vm.Start"});
    CHECK(has_interface(machine, work_uuid));
    machine.gives({"sys-firewall", "vm.Kill"}); // the guest keeps the interface: logged
    machine.gives({"sys-firewall", "vm.Start"});
    CHECK(has_interface(machine, work_uuid));
    CHECK(events_of(machine.root, "sys-firewall", "net-domain-connect") == 1);
    for (const char* const qube : {"work", "sys-firewall", "sys-net"})
        machine.gives({qube, "vm.Kill"});
}

TEST_CASE("effects of template: refused while the qube runs, and after it settles what it left")
{
    const Machine machine{
        with(store_without_network(), "<domain id=\"domain-6\" class=\"AppVM\">",
             "<domain id=\"domain-20\" class=\"TemplateVM\"><properties>"
             "<property name=\"label\">black</property>"
             "<property name=\"name\">other</property>"
             "<property name=\"qid\">20</property>"
             "<property name=\"uuid\">3f0b7c52-90a4-4d4e-8b1d-5a0f6f3c1e20</property>"
             "</properties></domain>\n    <domain id=\"domain-6\" class=\"AppVM\">"),
        guest_that_powers_off(36)};
    machine.gives({"work", "vm.Start"});
    machine.fails({"work", "vm.property.Set", "template", "other"}, failure::not_halted);
    machine.await("work", "Halted");
    machine.gives({"work", "vm.property.Set", "template", "other"});
    CHECK(property(machine, "work", "template") == "other");
    machine.check_tidy("work");
}

TEST_CASE("effects of service features: a running qube is told")
{
    const Machine machine;
    const std::string told = "/run/qubes-mgmt/qdb/" + std::string{work_uuid};
    machine.gives({"work", "vm.Start"});
    CHECK(machine.root.read(told + "/qubes-service/cups") == "1");
    const std::string before = machine.session.live_xml(work_uuid);
    machine.gives({"work", "vm.feature.Set", "service.cups", ""});
    CHECK(machine.root.read(told + "/qubes-service/cups") == "0");
    machine.gives({"work", "vm.feature.Set", "vm-config.answer", "42"});
    CHECK(machine.root.read(told + "/vm-config/answer") == "42");
    machine.gives({"work", "vm.feature.Remove", "vm-config.answer"});
    CHECK(!machine.root.exists(told + "/vm-config/answer"));
    machine.gives({"work", "vm.feature.Remove", "service.cups"});
    CHECK(!machine.root.exists(told + "/qubes-service/cups"));
    CHECK(machine.session.live_xml(work_uuid) == before);
    CHECK(events_of(machine.root, "work", "domain-feature-set:service.cups") == 1);
    CHECK(events_of(machine.root, "work", "domain-feature-delete:service.cups") == 1);
    machine.gives({"work", "vm.Kill"});
    CHECK(!machine.root.exists(told));
    machine.gives({"work", "vm.feature.Set", "service.cups", "1"}); // nobody to tell
    CHECK(!machine.root.exists(told));
}

TEST_CASE("hypervisor.md 54: what qubes of each kind are told; the second start leaves no old key")
{
    const Machine machine{store_of_guests()};
    const std::string qdb = "/run/qubes-mgmt/qdb/";
    machine.root.write(qdb + std::string{work_uuid} + "/stale/key", "old");
    std::filesystem::permissions(machine.root.below(qdb), std::filesystem::perms::all);
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator{machine.root.below("/run/qubes-mgmt")})
        REQUIRE((::lchown(entry.path().c_str(), 65534, 65534) == 0 || ::geteuid() != 0));
    machine.gives({"work", "vm.Start"});
    const auto told = [&](std::string_view uuid, std::string_view key) {
        return machine.root.read(qdb + std::string{uuid} + std::string{key});
    };
    CHECK(!machine.root.exists(qdb + std::string{work_uuid} + "/stale/key"));
    CHECK(told(work_uuid, "/name") == "work");
    CHECK(told(work_uuid, "/type") == "AppVM");
    CHECK(told(work_uuid, "/qubes-vm-persistence") == "rw-only");
    CHECK(told(work_uuid, "/qubes-base-template") == "fedora-25");
    CHECK(told(work_uuid, "/qubes-ip") == "10.137.0.4");
    CHECK(told(work_uuid, "/qubes-gateway") == "10.137.0.3");
    CHECK(told(work_uuid, "/qubes-netmask") == "255.255.255.255");
    CHECK(told(work_uuid, "/qubes-primary-dns") == "10.139.1.1");
    CHECK(told(work_uuid, "/qubes-random-seed").size() == 88);
    CHECK(told(work_uuid, "/qubes-service/meminfo-writer") == "0");
    CHECK(!machine.root.exists(qdb + std::string{work_uuid} + "/qubes-netvm-gateway"));
    CHECK(told(firewall_uuid, "/qubes-netvm-gateway") == "10.137.0.3");
    CHECK(told(firewall_uuid, "/connected-ips").find("10.137.0.4") != std::string::npos);
    CHECK(told(net_uuid, "/connected-ips") == "10.137.0.3");
    CHECK(!machine.root.exists(qdb + std::string{net_uuid} + "/qubes-ip"));
    for (const char* const qube : {"work", "sys-firewall", "sys-net"})
        machine.gives({qube, "vm.Kill"});
    machine.gives({"fedora-25", "vm.Start"});
    constexpr std::string_view template_uuid = "3f0b7c52-90a4-4d4e-8b1d-5a0f6f3c1e01";
    CHECK(told(template_uuid, "/qubes-vm-persistence") == "full");
    CHECK(told(template_uuid, "/qubes-vm-updateable") == "True");
    CHECK(told(template_uuid, "/qubes-base-template") == "");
    machine.gives({"fedora-25", "vm.Kill"});
}
