// SPDX-License-Identifier: GPL-2.0-or-later

#include "calls/world.hpp"
#include "support/catch.hpp"

using namespace qmgmt;
using namespace qmgmt::test;

TEST_CASE("store.md 104 105 106: vm.tag.List and Get")
{
    const World world;
    world.gives({"work", "vm.tag.List"}, "created-by-mgr\nmanaged-by-mgr\n");
    world.gives({"work", "vm.tag.List", "managed-by-mgr"}, "managed-by-mgr\n");
    world.gives({"work", "vm.tag.List", "tag1"}, "");
    world.fails({"work", "admin.vm.tag.List", "managed-by-mgr"}, failure::protocol);
    world.gives({"work", "vm.tag.Get", "managed-by-mgr"}, "1");
    world.gives({"work", "vm.tag.Get", "tag1"}, "0");
}

TEST_CASE("store.md 107 108 109 110: vm.tag.Set and Remove")
{
    const World world;
    world.fails({"work", "vm.tag.Remove", "tag1"}, failure::tag_not_found);
    world.changes({"work", "vm.tag.Set", "tag1"}, {{"work", "tags", "tag1"}});
    world.gives({"work", "vm.tag.Get", "tag1"}, "1");
    world.changes_nothing({"work", "vm.tag.Set", "tag1"});
    world.changes({"work", "vm.tag.Remove", "tag1"}, {{"work", "tags", "tag1"}});
    world.fails({"work", "vm.tag.Remove", "tag1"}, failure::tag_not_found);

    world.fails({"work", "vm.tag.Set", ".tag"}, failure::invalid_tag);
    world.fails({"work", "vm.tag.Set", std::string(65, 't')}, failure::invalid_tag);
    world.fails({"work", "vm.tag.Set"}, failure::protocol);
    world.fails({"work", "vm.tag.Set", "tag1", "x"}, failure::protocol);
}

TEST_CASE("store.md 111: a tag that says who created the qube is dom0's")
{
    const World world;
    world.fails({"work", "vm.tag.Remove", "created-by-mgr", "", "mgr"}, failure::denied);
    world.fails({"work", "vm.tag.Set", "created-by-x", "", "mgr"}, failure::denied);
    world.fails({"work", "vm.tag.Set", "guivm-mgr", "", "mgr"}, failure::denied);
    world.gives({"work", "vm.tag.Set", "disp-created-by-mgr", "", "mgr"}, "");
    world.gives({"work", "vm.tag.Remove", "managed-by-mgr", "", "mgr"}, "");
    world.changes({"work", "vm.tag.Remove", "created-by-mgr"},
                  {{"work", "tags", "created-by-mgr"}});
    CHECK(world.view().tags("work") == std::vector<std::string>{"disp-created-by-mgr"});
}
