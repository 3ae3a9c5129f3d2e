// SPDX-License-Identifier: GPL-2.0-or-later

#include "calls/world.hpp"
#include "support/catch.hpp"

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

std::string lines_with(const std::string& text, std::string_view start)
{
    std::string found;
    std::size_t at = 0;
    while (at < text.size()) {
        const std::size_t end = text.find('\n', at);
        const std::string line = text.substr(at, end - at);
        if (line.starts_with(start))
            found += line + "\n";
        at = end == std::string::npos ? text.size() : end + 1;
    }
    return found;
}

std::string with_number(std::string store, std::string_view qube_id, std::string_view number)
{
    const std::string old{qube_id};
    const std::string fresh{number};
    store = with(store, "<domain id=\"domain-" + old + "\"", "<domain id=\"domain-" + fresh + "\"");
    return with(store, "<property name=\"qid\">" + old + "</property>",
                "<property name=\"qid\">" + fresh + "</property>");
}

} // namespace

TEST_CASE("store.md 14 15 16 17 18 19 20: vm.property.Get gives stored values and defaults")
{
    const World world;
    world.gives({"work", "vm.property.Get", "name"}, "default=no work");
    world.gives({"work", "vm.property.Get", "vcpus"}, "default=yes 2");
    world.gives({"work", "vm.property.Get", "memory"}, "default=no 600");
    world.gives({"work", "vm.property.Get", "provides_network"}, "default=yes False");
    world.gives({"work", "vm.property.Get", "label"}, "default=no blue");
    world.gives({"work", "vm.property.Get", "template"}, "default=no fedora-25");
    world.gives({"work", "vm.property.Get", "netvm"}, "default=yes sys-firewall");
}

TEST_CASE("store.md 21 22 23 24: vm.property.Get tells none from unset")
{
    const World world;
    world.gives({"mgr", "vm.property.Get", "netvm"}, "default=no ");
    world.gives({"fedora-25", "vm.property.Get", "netvm"}, "default=yes ");
    world.gives({"work", "vm.property.Get", "xid"}, "default=yes -1");
    world.gives({"work", "vm.property.Get", "stubdom_mem"}, "default=yes ");
}

TEST_CASE("store.md 25 26 27: vm.property.Get in the three forms of its reply")
{
    const World world;
    world.gives({"mgr", "vm.property.Get", "kernelopts"}, "default=no nopat apparmor=1");
    world.gives({"mgr", "admin.vm.property.Get", "kernelopts"},
                std::string{"0\0", 2} + "default=False type=str nopat apparmor=1");
    // The typed form of a qube's property is the row of GetAll without the name.
    CHECK(lines_with(world.reply({"work", "vm.property.GetAll"}), "netvm ") ==
          "netvm default=yes type=vm sys-firewall\n");
    world.gives({"dom0", "property.Get", "default_netvm"}, "default=no type=vm sys-firewall");
}

TEST_CASE("store.md 28 29 30 31 32: vm.property.Get computes addresses")
{
    const World world;
    world.gives({"work", "vm.property.Get", "ip"}, "default=yes 10.137.0.4");
    world.gives({"mgr", "vm.property.Get", "ip"}, "default=yes ");
    world.gives({"sys-net", "vm.property.Get", "ip"}, "default=yes 10.137.0.2");
    world.gives({"work", "vm.property.Get", "ip6"}, "default=yes fd09:24ef:4179::a89:4");
    world.gives({"work", "vm.property.Get", "visible_gateway"}, "default=yes 10.137.0.3");
}

TEST_CASE("store.md 33 34 35 36: vm.property.Get refuses what is no property and what is too much")
{
    const World world;
    world.fails({"work", "vm.property.Get", "nosuch"}, failure::no_such_property);
    world.fails({"dom0", "vm.property.Get", "netvm"}, failure::no_such_property);
    world.fails({"work", "vm.property.Get"}, failure::protocol);
    world.fails({"work", "vm.property.Get", "name", "x"}, failure::protocol);
}

TEST_CASE("store.md 37: vm.property.List of a qube in dialect r40")
{
    World{}.gives(
        {"work", "vm.property.List"},
        "autostart\nbackup_timestamp\ndebug\ndefault_user\ngateway\ngateway6\n"
        "include_in_backups\ninstalled_by_rpm\nip\nip6\nkernel\nklass\nlabel\nmac\nmaxmem\n"
        "memory\nname\nprovides_network\nqid\nqrexec_timeout\nstubdom_mem\nstubdom_xid\n"
        "template_for_dispvms\nupdateable\nuuid\nvcpus\nvirt_mode\nvisible_gateway\n"
        "visible_gateway6\nvisible_ip\nvisible_ip6\nvisible_netmask\nxid\n"
        "default_dispvm\nkernelopts\nnetvm\ntemplate\n");
}

TEST_CASE("store.md 38: vm.property.List of dom0 in dialect r40")
{
    World{}.gives({"dom0", "vm.property.List"}, "klass\nlabel\nname\nqid\nuuid\ndefault_dispvm\n");
}

TEST_CASE("vm.property.List: dialect current knows more")
{
    const World world{store_text("current.xml")};
    const std::string names = "\n" + world.reply({"work", "vm.property.List"});
    for (const std::string_view name : {"\nbootmode\n", "\nguivm\n", "\nmanagement_dispvm\n",
                                        "\nshutdown_timeout\n", "\ndevices_denied\n", "\ndns\n"}) {
        INFO(name);
        CHECK(names.find(name) != std::string::npos);
    }
    CHECK(names.ends_with("\naudiovm\nbootmode\ndefault_dispvm\nguivm\nkernelopts\n"
                          "management_dispvm\nnetvm\ntemplate\n"));
    World{}.fails({"work", "vm.property.Get", "guivm"}, failure::no_such_property);
}

TEST_CASE("store.md 39 40: vm.property.Help")
{
    const World world;
    world.gives({"work", "vm.property.Help", "label"},
                "Colour label that marks the trust of the VM.");
    world.fails({"work", "vm.property.Help", "nosuch"}, failure::no_such_property);
}

TEST_CASE("store.md 41: a label stored by its number is answered by its name")
{
    const World world{with(store_text("fixture.xml"), R"(<property name="label">blue</property>)",
                           R"(<property name="label">label-2</property>)")};
    world.gives({"work", "vm.property.Get", "label"}, "default=no orange");
    const World by_reference{with(store_text("fixture.xml"),
                                  R"(<property name="label">blue</property>)",
                                  R"(<property name="label" ref="label-2"/>)")};
    by_reference.gives({"work", "vm.property.Get", "label"}, "default=no orange");
}

TEST_CASE("store.md 143: addresses from numbers")
{
    const std::string store = with_number(store_text("current.xml"), "1", "200");
    const std::vector<std::pair<std::string_view, std::string_view>> rows{
        {"1", "10.137.0.1"},   {"254", "10.137.0.254"}, {"255", "10.137.1.1"},
        {"256", "10.137.1.2"}, {"508", "10.137.1.254"}, {"509", "10.137.2.1"},
    };
    for (const auto& [number, address] : rows)
        World{with_number(store, "4", number)}.gives({"work", "vm.property.Get", "ip"},
                                                     "default=yes " + std::string{address});
    World{store}.gives({"disp4711", "vm.property.Get", "ip"}, "default=yes 10.138.18.139");
}

TEST_CASE("vm.property.Get: values of odd stores")
{
    const World world{store_text("hostile.xml")};
    world.gives({"work", "vm.property.Get", "memory"}, "default=no 600");
    world.gives({"mgr", "vm.property.Get", "kernelopts"}, "default=no nopat\r\napparmor=1");
    world.gives({"sys-firewall", "vm.property.Get", "name"}, "default=no sys-firewall");
    world.gives({"fedora-25", "vm.property.Get", "uuid"},
                "default=no 3f0b7c52-90a4-4d4e-8b1d-5a0f6f3c1e01");
    world.fails({"work", "vm.property.Get", "from_the_future"}, failure::no_such_property);
}

TEST_CASE("vm.property.GetDefault: the type and the default, nothing where there is none")
{
    const World world;
    world.gives({"work", "vm.property.GetDefault", "memory"}, "type=int 400");
    world.gives({"mgr", "vm.property.GetDefault", "netvm"}, "type=vm sys-firewall");
    world.gives({"work", "vm.property.GetDefault", "label"}, "");
    world.fails({"work", "vm.property.GetDefault", "nosuch"}, failure::no_such_property);
}
