// SPDX-License-Identifier: GPL-2.0-or-later

#include "calls/world.hpp"
#include "support/catch.hpp"

using namespace qmgmt;
using namespace qmgmt::test;

TEST_CASE("store.md 88 89 90: vm.feature.List and Get")
{
    const World world;
    world.gives({"work", "vm.feature.List"}, "gui\nservice.cups\n");
    world.gives({"work", "vm.feature.Get", "gui"}, "");
    world.fails({"work", "vm.feature.Get", "nope"}, failure::feature_not_found);
    world.gives({"mgr", "vm.feature.List"}, "");
}

TEST_CASE("store.md 91 92 93 94: vm.feature.CheckWithTemplate")
{
    const World world;
    world.gives({"work", "vm.feature.CheckWithTemplate", "qrexec"}, "1");
    world.gives({"work", "vm.feature.CheckWithTemplate", "gui"}, "");
    world.gives({"fedora-25-dvm", "vm.feature.CheckWithTemplate", "gui"}, "1");
    world.fails({"work", "vm.feature.CheckWithTemplate", "nope"}, failure::feature_not_found);
    world.gives({"dom0", "vm.feature.CheckWithTemplate", "uses-default-theme"}, "1");
    World{store_text("current.xml")}.gives({"disp4711", "vm.feature.CheckWithTemplate", "os"},
                                           "Linux");
}

TEST_CASE("store.md 96 97 98 99: vm.feature.Set")
{
    const World world;
    world.gives({"work", "vm.feature.Set", "x.y_z-1", "some value"}, "");
    CHECK(world.view().feature("work", "x.y_z-1") == "some value");
    world.gives({"work", "vm.feature.Get", "x.y_z-1"}, "some value");
    world.gives({"work", "vm.feature.List"}, "gui\nservice.cups\nx.y_z-1\n");
    world.gives({"work", "vm.feature.Set", "x.y_z-1"}, "");
    CHECK(world.view().feature("work", "x.y_z-1") == "");
    world.changes_nothing({"work", "vm.feature.Set", "x.y_z-1"});

    const World fresh;
    fresh.fails({"work", "vm.feature.Set", "x", "\x02\x03\xff"}, failure::protocol);
    fresh.fails({"work", "vm.feature.Set", "x", "a\nb"}, failure::protocol);
    fresh.fails({"work", "vm.feature.Set", " ", "1"}, failure::protocol);
    fresh.fails({"work", "vm.feature.Set", "", "1"}, failure::protocol);
}

TEST_CASE("store.md 100 101: vm.feature.Set of a service wants a name for it")
{
    const World world;
    world.fails({"work", "vm.feature.Set", "service.", "1"}, failure::bad_value);
    world.fails({"work", "vm.feature.Set", "service." + std::string(49, 'a'), "1"},
                failure::bad_value);
    world.gives({"work", "vm.feature.Set", "service." + std::string(48, 'a'), "1"}, "");
}

TEST_CASE("store.md 102 103: vm.feature.Set of a reserved one, Remove of an absent one")
{
    const World world;
    for (const char* const name : {"deferred-netvm-original", "preload-dispvm",
                                   "preload-dispvm-completed", "preload-dispvm-in-progress"}) {
        world.fails({"work", "vm.feature.Set", name, "x"}, failure::denied);
        world.fails({"work", "vm.feature.Remove", name}, failure::denied);
    }
    world.fails({"work", "vm.feature.Remove", "nope"}, failure::feature_not_found);
}

TEST_CASE("vm.feature.Set: values that a feature's own rule refuses")
{
    const World world;
    world.fails({"work", "vm.feature.Set", "vm-config.", "x"}, failure::bad_value);
    world.fails({"work", "vm.feature.Set", "vm-config.1a", "x"}, failure::bad_value);
    world.fails({"work", "vm.feature.Set", "net.fake-ip", "1.2.3"}, failure::bad_value);
    world.fails({"work", "vm.feature.Set", "net.fake-netmask", "33"}, failure::bad_value);
    world.fails({"work", "vm.feature.Set", "custom-persist.a", "relative"}, failure::bad_value);
    world.fails({"work", "vm.feature.Set", "preload-dispvm-max", "many"}, failure::bad_value);
    world.gives({"work", "vm.feature.Set", "net.fake-netmask", "24"}, "");
    world.gives({"work", "vm.feature.Set", "custom-persist.a", "dir:user:user:0755:/home/x"}, "");
}

TEST_CASE("vm.feature: names that older releases wrote are kept and listed")
{
    const World world{store_text("hostile.xml")};
    world.gives({"fedora-25", "vm.feature.List"}, "qrexec\ngui\nupdates-available\nservice/ntpd\n");
    world.gives({"work", "vm.feature.Get", "menu-items"}, "a.desktop b.desktop");
}

TEST_CASE("store.md 95: vm.feature.CheckWithNetvm follows the chain of netvms")
{
    const World world;
    world.gives({"work", "vm.feature.CheckWithNetvm", "ipv6"}, "1");
    world.gives({"work", "vm.feature.CheckWithNetvm", "gui"}, "");
    world.fails({"mgr", "vm.feature.CheckWithNetvm", "ipv6"}, failure::feature_not_found);
}
