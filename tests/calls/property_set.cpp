// SPDX-License-Identifier: GPL-2.0-or-later

#include "calls/world.hpp"
#include "support/catch.hpp"

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

// Sets, on a fresh fixture; what is stored then and what Get answers.
void sets(const std::string& qube, const std::string& property, const std::string& value,
          const std::string& stored)
{
    const World world;
    INFO(qube << " " << property << " <" << value << ">");
    world.gives({qube, "vm.property.Set", property, value}, "");
    CHECK(world.view().property(qube, property) == stored);
    world.gives({qube, "vm.property.Get", property}, "default=no " + stored);
}

void refuses(const std::string& qube, const std::string& property, const std::string& value,
             FailureType type)
{
    World{}.fails({qube, "vm.property.Set", property, value}, type);
}

} // namespace

TEST_CASE("store.md 42 43: Set of netvm to a qube and to none")
{
    sets("work", "netvm", "sys-net", "sys-net");
    sets("work", "netvm", "", "");
}

TEST_CASE("store.md 44 45 46 47 48 49: Set of netvm refuses what gives no network")
{
    refuses("work", "netvm", "mgr", failure::bad_value);
    refuses("work", "netvm", "bad/../!", failure::bad_value);
    refuses("work", "netvm", "\x80\x90\xa0", failure::bad_value);
    refuses("work", "netvm", "ghost", failure::bad_property_value);
    refuses("sys-net", "netvm", "sys-firewall", failure::bad_value);
    refuses("sys-firewall", "netvm", "sys-firewall", failure::bad_value);
}

TEST_CASE("store.md 50: Reset of netvm refuses a loop through the default")
{
    World{}.fails({"sys-firewall", "vm.property.Reset", "netvm"}, failure::bad_value);
}

TEST_CASE("store.md 52 53: Set of provides_network")
{
    refuses("sys-firewall", "provides_network", "False", failure::bad_value);
    sets("work", "provides_network", "yes", "True");
}

TEST_CASE("store.md 54 55 56 57: Set of a boolean")
{
    sets("work", "debug", "TRUE", "True");
    sets("work", "debug", "off", "False");
    refuses("work", "debug", "maybe", failure::bad_value);
    refuses("work", "debug", "True\n", failure::bad_value);
}

TEST_CASE("store.md 58 59 60 61 62: Set of a number")
{
    sets("work", "vcpus", "4", "4");
    refuses("work", "vcpus", "0", failure::bad_property_value);
    refuses("work", "vcpus", "-2", failure::bad_property_value);
    refuses("work", "vcpus", "", failure::bad_value);
    refuses("work", "vcpus", "four", failure::bad_value);
    refuses("work", "vcpus", "+4", failure::bad_value);
    refuses("work", "vcpus", "99999999999999999999", failure::bad_value);
}

TEST_CASE("store.md 63 64 65: Set of label")
{
    sets("work", "label", "green", "green");
    refuses("work", "label", "nosuch", failure::label_not_found);
    refuses("work", "label", "4", failure::label_not_found);
    refuses("work", "label", "label-4", failure::label_not_found);
}

TEST_CASE("store.md 66 67 68: Set of kernel")
{
    sets("work", "kernel", "", "");
    refuses("work", "kernel", "a/b", failure::bad_property_value);
    refuses("work", "kernel", "9.9.9", failure::bad_property_value);
    refuses("work", "kernel", "..", failure::bad_property_value);

    const World world;
    world.root.add_kernel("4.9.45-21");
    world.gives({"work", "vm.property.Set", "kernel", "4.9.45-21"}, "");
    CHECK(world.view().volume("work", "kernel", "vid") == "4.9.45-21");
    world.gives({"work", "vm.property.Reset", "kernel"}, "");
    CHECK(world.view().volume("work", "kernel", "vid") == "4.8.12-12");
}

TEST_CASE("store.md 69 70: Set of default_user")
{
    refuses("work", "default_user", "bob smith", failure::bad_property_value);
    refuses("work", "default_user", "", failure::bad_property_value);
}

TEST_CASE("store.md 71 72: Set of mac")
{
    sets("work", "mac", "00:16:3E:AA:BB:CC", "00:16:3e:aa:bb:cc");
    refuses("work", "mac", "00:11:22:33:44:55:66", failure::bad_value);
}

TEST_CASE("store.md 73 74: Set of ip")
{
    sets("work", "ip", "192.168.1.1", "192.168.1.1");
    refuses("work", "ip", "1111.2.3.4", failure::bad_value);
    refuses("work", "ip", "1.2.3.04", failure::bad_value);
    sets("work", "ip6", "FD09:0:0::1", "fd09::1");
}

TEST_CASE("store.md 75 76: Set of virt_mode")
{
    sets("work", "virt_mode", "PVH", "pvh");
    refuses("sys-net", "virt_mode", "pvh", failure::bad_property_value);
}

TEST_CASE("store.md 77 78: Set of what is given once and of what is computed")
{
    refuses("work", "name", "x", failure::bad_property_value);
    refuses("work", "qid", "9", failure::bad_property_value);
    refuses("work", "uuid", "5e2d8a34-8c0b-4d77-b0f4-6e3b1f8e0e44", failure::bad_property_value);
    refuses("work", "xid", "3", failure::bad_property_value);
    refuses("dom0", "name", "x", failure::bad_property_value);
    World{}.fails({"work", "vm.property.Reset", "uuid"}, failure::bad_property_value);
    World{}.changes_nothing({"work", "vm.property.Reset", "xid"});
}

TEST_CASE("store.md 79 80: Set of template wants a template, Reset never")
{
    refuses("work", "template", "mgr", failure::bad_property_value);
    World{}.fails({"work", "vm.property.Reset", "template"}, failure::bad_value);
}

TEST_CASE("vm.property.Set: another template is the source of another root volume")
{
    const World world{
        with(store_text_on_files(), "<domain id=\"domain-6\" class=\"AppVM\">",
             "<domain id=\"domain-20\" class=\"TemplateVM\"><properties>"
             "<property name=\"label\">black</property>"
             "<property name=\"name\">other</property>"
             "<property name=\"qid\">20</property>"
             "<property name=\"uuid\">3f0b7c52-90a4-4d4e-8b1d-5a0f6f3c1e20</property>"
             "</properties><volume-config><volume name=\"root\" pool=\"varlibqubes\" "
             "vid=\"vm-templates/other/root\" revisions_to_keep=\"1\" rw=\"True\" "
             "save_on_stop=\"True\" snap_on_start=\"False\" size=\"4096\"/>"
             "</volume-config></domain>\n    <domain id=\"domain-6\" class=\"AppVM\">")};
    world.changes({"work", "vm.property.Set", "template", "other"},
                  {{"work", "properties", "template"}, {"work", "volume-config", "root"}});
    const StoreView view = world.view();
    CHECK(view.property("work", "template") == "other");
    CHECK(view.volume("work", "root", "source") == "vm-templates/other/root");
    CHECK(view.volume("work", "root", "pool") == "varlibqubes");
    CHECK(view.volume("work", "root", "size") == "4096");
    CHECK(view.volume("work", "root", "vid") == "appvms/work/root");
}

TEST_CASE("vm.property.Reset: a label stays")
{
    const World world;
    const Outcome outcome = run_call(world.root, {"work", "vm.property.Reset", "label"});
    check_refusal(outcome, "mgmt.vm.property.Reset", Failure::bad_value);
}

TEST_CASE("store.md 82 83 84: Set of default_dispvm and template_for_dispvms")
{
    refuses("work", "default_dispvm", "work", failure::bad_property_value);
    sets("work", "default_dispvm", "fedora-25-dvm", "fedora-25-dvm");
    refuses("fedora-25-dvm", "template_for_dispvms", "False", failure::vm_in_use);
    World{}.fails({"fedora-25-dvm", "vm.property.Reset", "template_for_dispvms"},
                  failure::vm_in_use);
}

TEST_CASE("store.md 85 86 87: Reset removes the element, a second time writes nothing")
{
    const World world;
    world.changes({"work", "vm.property.Reset", "memory"}, {{"work", "properties", "memory"}});
    CHECK(world.view().property("work", "memory") == std::nullopt);
    world.gives({"work", "vm.property.Get", "memory"}, "default=yes 400");
    world.changes_nothing({"work", "vm.property.Reset", "memory"});
    sets("work", "memory", "400", "400");
}

TEST_CASE("vm.property.Set: the same value again writes nothing")
{
    const World world;
    world.changes_nothing({"work", "vm.property.Set", "memory", "600"});
    world.changes_nothing({"work", "vm.property.Set", "template", "fedora-25"});
}

TEST_CASE("vm.property.Set: payloads that no value can be")
{
    refuses("work", "kernelopts", std::string{"a\0b", 3}, failure::bad_value);
    refuses("work", "kernelopts", "a\x0b", failure::bad_value);
    refuses("work", "kernelopts", "gr\xc3\xbc\xc3\x9f", failure::bad_value);
    refuses("work", "nosuch", "1", failure::no_such_property);
    refuses("dom0", "netvm", "sys-net", failure::no_such_property);
    refuses("work", "guivm", "dom0", failure::no_such_property); // of dialect current
    World{}.fails({"work", "vm.property.Set", "kernelopts", std::string(65537, 'a')},
                  failure::too_large);
}

TEST_CASE("vm.property.Set: a value with every kind of character comes back as it went in")
{
    sets("mgr", "kernelopts", "a=\"1\" <b> & 'c' ]]>\ttab\nline\rreturn ",
         "a=\"1\" <b> & 'c' ]]>\ttab\nline\rreturn ");
}

TEST_CASE("vm.property.Set: of several elements of one name one is left")
{
    const World world{store_text("hostile.xml")};
    world.changes({"work", "vm.property.Set", "memory", "700"}, {{"work", "properties", "memory"}});
    const StoreView view = world.view();
    CHECK(view.property("work", "memory") == "700");
    std::size_t count = 0;
    for (const Node& node : view.domain("work")->child("properties")->children)
        count += node.attribute("name") == "memory" ? 1 : 0;
    CHECK(count == 1);
}

TEST_CASE("vm.property.Set: a new element stands at its place among sorted ones")
{
    const World world;
    world.gives({"work", "vm.property.Set", "debug", "True"}, "");
    world.gives({"work", "vm.property.Set", "netvm", "sys-net"}, "");
    std::vector<std::string> order;
    const StoreView view = world.view();
    for (const Node& node : view.domain("work")->child("properties")->children)
        order.push_back(node.attribute("name"));
    CHECK(order == std::vector<std::string>{"debug", "label", "memory", "name", "qid", "uuid",
                                            "netvm", "template"});
}

TEST_CASE("property.Set: the system's properties keep their rules")
{
    World{}.fails({"dom0", "property.Set", "default_netvm", "work"}, failure::bad_property_value);
    World{}.fails({"dom0", "property.Set", "default_template", "work"},
                  failure::bad_property_value);
    World{}.fails({"dom0", "property.Set", "default_dispvm", "work"}, failure::bad_property_value);
    World{}.fails({"dom0", "property.Set", "default_pool", "nosuch"}, failure::bad_property_value);
    World{}.fails({"dom0", "property.Set", "nosuch", "1"}, failure::no_such_property);
    World{}.fails({"dom0", "property.Set", "stats_interval", "0"}, failure::bad_property_value);
    const World world;
    world.gives({"dom0", "property.Set", "clockvm", "sys-firewall"}, "");
    CHECK(world.view().feature("sys-firewall", "service.clocksync") == "1");
    CHECK(world.view().feature("sys-net", "service.clocksync") == std::nullopt);
}
