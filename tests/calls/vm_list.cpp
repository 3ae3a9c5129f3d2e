// SPDX-License-Identifier: GPL-2.0-or-later

#include "calls/world.hpp"
#include "support/catch.hpp"

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

constexpr std::string_view everything = "dom0 class=AdminVM state=Running\n"
                                        "fedora-25 class=TemplateVM state=Halted\n"
                                        "fedora-25-dvm class=AppVM state=Halted\n"
                                        "mgr class=AppVM state=Halted\n"
                                        "sys-firewall class=AppVM state=Halted\n"
                                        "sys-net class=AppVM state=Halted\n"
                                        "work class=AppVM state=Halted\n";

}

TEST_CASE("store.md 1: vm.List names dom0 first, the rest by name")
{
    World{}.gives({"dom0", "vm.List"}, everything);
    World{store_text("hostile.xml")}.gives({"dom0", "vm.List"}, everything);
}

TEST_CASE("store.md 2: vm.List of one qube is its line")
{
    World{}.gives({"work", "vm.List"}, "work class=AppVM state=Halted\n");
}

TEST_CASE("store.md 3 4: vm.List takes neither argument nor payload")
{
    World{}.fails({"dom0", "vm.List", "x"}, failure::protocol);
    World{}.fails({"dom0", "vm.List", "", "x"}, failure::protocol);
}

TEST_CASE("store.md 5 6: vm.List of a qube that is not there, of a name that is none")
{
    World{}.fails({"nosuch", "vm.List"}, failure::vm_not_found);
    World{}.fails({".work", "vm.List"}, failure::protocol);
}

TEST_CASE("store.md 7 8: vm.List of a qube by its uuid")
{
    const World world;
    world.gives({"uuid:5e2d8a34-8c0b-4d77-b0f4-6e3b1f8e0e04", "vm.List"},
                "work class=AppVM state=Halted\n");
    world.fails({"uuid:", "vm.List"}, failure::invalid_uuid);
    world.fails({"uuid:5e2d8a34-8c0b-4d77-b0f4-6e3b1f8e0e0", "vm.List"}, failure::invalid_uuid);
    world.fails({"uuid:5e2d8a34-8c0b-4d77-b0f4-6e3b1f8e0eff", "vm.List"}, failure::vm_not_found);
}

TEST_CASE("vm.List: as admin.vm.List each row ends in the uuid")
{
    const World world;
    world.gives({"work", "admin.vm.List"},
                std::string{"0\0", 2} +
                    "work class=AppVM state=Halted uuid=5e2d8a34-8c0b-4d77-b0f4-6e3b1f8e0e04\n");
}

TEST_CASE("vm.List: a qube of a class nobody knows is listed")
{
    const World world{with(store_text("fixture.xml"), R"(<domain id="domain-4" class="AppVM">)",
                           R"(<domain id="domain-4" class="FutureVM">)")};
    world.gives({"work", "vm.List"}, "work class=FutureVM state=Halted\n");
}

TEST_CASE("vm.List: a remote qube runs always")
{
    const World world{store_text("current.xml")};
    world.gives({"far", "vm.List"}, "far class=RemoteVM state=Running\n");
}

TEST_CASE("vm.List: one bad qube is listed, calls on it say store, all others work")
{
    const World world{
        with(store_text("fixture.xml"),
             "<property name=\"uuid\">5e2d8a34-8c0b-4d77-b0f4-6e3b1f8e0e04</property>\n"
             "        <property name=\"template\">fedora-25</property>",
             "<property name=\"uuid\">5e2d8a34-8c0b-4d77-b0f4-6e3b1f8e0e04</property>\n"
             "        <property name=\"template\">ghost</property>")};
    world.gives({"dom0", "vm.List"}, everything);
    world.fails({"work", "vm.property.Get", "label"}, failure::store);
    world.fails({"work", "vm.tag.Set", "t"}, failure::store);
    world.gives({"mgr", "vm.property.Get", "label"}, "default=no purple");
    world.changes({"mgr", "vm.tag.Set", "t"}, {{"mgr", "tags", "t"}});
}

namespace {

// protocol.md 4.5, for mgr, who created work.
constexpr std::string_view policy =
    "mgmt.vm.List   *  mgr  @adminvm             allow\n"
    "mgmt.vm.List   *  mgr  @tag:created-by-mgr  allow target=dom0\n"
    "admin.vm.List  *  mgr  @adminvm             allow\n"
    "admin.vm.List  *  mgr  @tag:created-by-mgr  allow target=dom0\n"
    "admin.vm.List  *  mgr  sys-net              ask target=dom0\n";

const Ask by_mgr{.dest = "dom0", .call = "vm.List", .caller = "mgr"};

} // namespace

TEST_CASE("protocol.md P08: a filtered vm.List shows what policy lets its caller list")
{
    const World world;
    world.root.write("/etc/qubes/policy.d/30-mgr.policy", policy);
    world.gives(by_mgr, everything); // as the draft has it
    world.root.configure("hypervisor = offline\nlist-filter = yes\n");
    const std::string work = "work class=AppVM state=Halted\n";
    world.gives(by_mgr, work);
    world.gives({.dest = "dom0", .call = "vm.List", .caller = "work"}, "");
    world.gives({"dom0", "vm.List"}, everything);
    // What the call is about is the caller's to see: policy has let it run.
    world.gives({.dest = "sys-net", .call = "vm.List", .caller = "mgr"},
                "sys-net class=AppVM state=Halted\n");

    // What cannot be understood shows nothing.
    for (const char* const wrong : {"nonsense\n", "!include gone\n"}) {
        world.root.write("/etc/qubes/policy.d/40-wrong.policy", wrong);
        world.gives(by_mgr, "");
    }
    world.gives({"dom0", "vm.List"}, everything);
}

TEST_CASE("vm.List: as admin.vm.List it is always filtered for a qube, dom0's row with the others")
{
    const World world;
    const Ask ask{.dest = "dom0", .call = "admin.vm.List", .caller = "mgr"};
    world.gives(ask, std::string{"0\0", 2});
    world.root.write("/etc/qubes/policy.d/30-mgr.policy", policy);
    world.gives(ask,
                std::string{"0\0", 2} +
                    "dom0 class=AdminVM state=Running "
                    "uuid=00000000-0000-0000-0000-000000000000\n"
                    "work class=AppVM state=Halted uuid=5e2d8a34-8c0b-4d77-b0f4-6e3b1f8e0e04\n");
}

TEST_CASE("vm.List: filtered by the policy of an older host")
{
    const World world;
    world.root.configure("hypervisor = offline\nlist-filter = yes\n");
    world.root.write("/etc/qubes-rpc/policy/mgmt.vm.List",
                     "mgr dom0 allow\n$type:TemplateVM $anyvm deny\nmgr $tag:created-by-mgr "
                     "allow,target=dom0\nmgr $type:TemplateVM allow,target=dom0\n");
    world.root.write("/etc/qubes-rpc/policy/mgmt.vm.Start", "nonsense\n");
    world.gives(by_mgr, "fedora-25 class=TemplateVM state=Halted\n"
                        "work class=AppVM state=Halted\n");
    world.root.write("/etc/qubes-rpc/policy/mgmt.vm.List", "mgr $anyvm allow\nnonsense\n");
    world.gives(by_mgr, "");
}
