// SPDX-License-Identifier: GPL-2.0-or-later
//
// CreateInPool: as Create, with pools of choice.

#include "calls/disk_world.hpp"

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

Ask app(const std::string& payload, const std::string& caller = "dom0")
{
    return {"dom0", "vm.CreateInPool.AppVM", "fedora-25", payload, caller};
}

// The pools of root, private, volatile and kernel.
std::string pools_of(const World& world, const std::string& qube)
{
    const StoreView view = world.view();
    std::string pools;
    for (const char* const role : {"root", "private", "volatile", "kernel"})
        pools += view.volume(qube, role, "pool") + " ";
    return pools;
}

} // namespace

TEST_CASE("store.md 127: one pool for the volumes that are the qube's own")
{
    const DiskWorld world;
    world.changes(app("name=a label=red pool=varlibqubes"), {{"a"}});
    CHECK(pools_of(world, "a") == "lvm varlibqubes varlibqubes linux-kernel ");
    CHECK(world.root.exists("/var/lib/qubes/appvms/a/private.img"));
    CHECK_FALSE(world.root.exists("/var/lib/qm-lvm/appvms/a/private.img"));
    world.gives({"dom0", "vm.CreateInPool.TemplateVM", "", "label=red pool=varlibqubes name=t"},
                "");
    CHECK(pools_of(world, "t") == "varlibqubes varlibqubes varlibqubes linux-kernel ");
    CHECK(world.root.exists("/var/lib/qubes/vm-templates/t/root.img"));
    // Without a pool it is Create.
    world.gives(app("name=b label=red"), "");
    CHECK(pools_of(world, "b") == "lvm lvm lvm linux-kernel ");
}

TEST_CASE("store.md 128: a pool for one volume")
{
    const DiskWorld world;
    world.changes(app("name=a label=red pool:private=varlibqubes"), {{"a"}});
    CHECK(pools_of(world, "a") == "lvm varlibqubes lvm linux-kernel ");
    world.gives({"dom0", "vm.CreateInPool.StandaloneVM", "",
                 "pool:root=varlibqubes name=s label=red pool:volatile=varlibqubes"},
                "");
    CHECK(pools_of(world, "s") == "varlibqubes lvm varlibqubes linux-kernel ");
}

TEST_CASE("store.md 129 130 131 132: choices that CreateInPool refuses")
{
    const DiskWorld world;
    world.fails_cleanly(app("name=a label=red pool:root=varlibqubes"), failure::failed);
    world.fails_cleanly({"dom0", "vm.CreateInPool.DispVM", "fedora-25-dvm",
                         "name=a label=red pool:private=varlibqubes"},
                        failure::failed);
    world.fails_cleanly(app("name=a label=red pool:invalid=lvm"), failure::protocol);
    world.fails_cleanly(app("name=a label=red pool=nosuch"), failure::pool_not_found);
    world.fails_cleanly(app("name=a label=red pool:private=nosuch"), failure::pool_not_found);
    world.fails_cleanly(app("name=a label=red pool=nosuch", "mgr"), failure::denied);
    world.fails_cleanly(app("name=a label=red pool=lvm pool:private=lvm"), failure::protocol);
    world.fails_cleanly(app("name=a label=red pool=lvm pool=lvm"), failure::protocol);
    world.fails_cleanly(
        {"dom0", "vm.CreateInPool.TemplateVM", "fedora-25", "name=a label=red pool=lvm"},
        failure::protocol);
}

TEST_CASE("vm.CreateInPool: pools of kernels hold kernels, and no other pool does")
{
    const DiskWorld world;
    world.fails_cleanly(app("name=a label=red pool=linux-kernel"), failure::bad_value);
    world.fails_cleanly(app("name=a label=red pool:private=linux-kernel"), failure::bad_value);
    world.fails_cleanly(app("name=a label=red pool:kernel=varlibqubes"), failure::bad_value);
    world.gives(app("name=a label=red pool:kernel=linux-kernel"), "");
    CHECK(pools_of(world, "a") == "lvm lvm lvm linux-kernel ");
}
