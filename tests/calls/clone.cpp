// SPDX-License-Identifier: GPL-2.0-or-later
//
// Copies: of one volume by a token (CloneFrom, CloneTo), of a whole qube (Clone, CloneInPool).

#include "calls/disk_world.hpp"
#include "calls/simulated.hpp"
#include "support/catch.hpp"

#include <filesystem>
#include <fstream>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

constexpr const char* pool_path = "/var/lib/qm-lvm/";

std::string read_start(const ScratchRoot& root, const std::string& vid,
                       const std::string& pool = pool_path)
{
    std::ifstream file{root.below(pool + vid + ".img"), std::ios::binary};
    std::string line;
    REQUIRE(std::getline(file, line));
    return line;
}

Ask clone_from(const std::string& qube, const std::string& role, const std::string& caller = "dom0")
{
    return {qube, "vm.volume.CloneFrom", role, "", caller};
}

Ask clone_to(const std::string& qube, const std::string& role, const std::string& token,
             const std::string& caller = "dom0")
{
    return {qube, "vm.volume.CloneTo", role, token, caller};
}

// Once: what is refused uses the token up.
void refused(const World& world, const Ask& ask, Failure kind)
{
    INFO(describe(ask));
    const std::string before = world.root.store();
    check_refusal(run_call(world.root, ask), full_name(ask.call), kind);
    CHECK(world.root.store() == before);
}

std::string on_files(const std::string& property = "")
{
    return property.empty() ? store_text_on_files()
                            : with(store_text_on_files(), "        <property name=\"memory\">600",
                                   property + "        <property name=\"memory\">600");
}

} // namespace

TEST_CASE("storage.md 82: a token stands for the content of a volume, once")
{
    const DiskWorld world;
    const std::string token = world.reply(clone_from("fedora-25", "private"));
    CHECK(token.size() == 32);
    CHECK(
        token.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789") ==
        std::string::npos);
    CHECK(world.reply(clone_from("fedora-25", "private")) != token);
    world.changes(clone_to("work", "private", token), {{"work", "volume-config", "private"}});
    CHECK(read_start(world.root, "appvms/work/private") ==
          "image of vm-templates/fedora-25/private");
    CHECK(world.view().volume("work", "private", "size") == "2147483648");
    CHECK(std::filesystem::file_size(
              world.root.below(std::string{pool_path} + "appvms/work/private.img")) == 2147483648);
    world.gives({"work", "vm.volume.ListSnapshots", "private"}, "1\n");
    world.fails_cleanly(clone_to("work", "private", token), failure::token_not_found);
    world.gives({"work", "vm.volume.Revert", "private", "1"}, "");
    CHECK(read_start(world.root, "appvms/work/private") == "image of appvms/work/private");

    for (const std::string& text : {std::string(31, 'a'), std::string(33, 'a'), std::string(),
                                    std::string(31, 'a') + "\xc3", std::string(31, 'a') + "/"})
        world.fails_cleanly(clone_to("work", "private", text), failure::protocol);
    world.fails_cleanly(clone_to("work", "private", std::string(32, 'a')),
                        failure::token_not_found);
    CHECK(std::filesystem::is_empty(world.root.below("/run/qubes-mgmt/clone")) == false);
}

TEST_CASE("storage.md 82: a token whose source is gone is used up")
{
    const DiskWorld world;
    const std::string token = world.reply(clone_from("sys-net", "private"));
    std::string store = world.root.store();
    const StoreView view = world.view();
    const Node* domain = view.domain("sys-net");
    REQUIRE(domain != nullptr);
    world.root.set_store(store.erase(domain->begin, domain->end - domain->begin));
    refused(world, clone_to("work", "private", token), Failure::not_found);
    world.fails_cleanly(clone_to("work", "private", token), failure::token_not_found);
}

TEST_CASE("a token is for its caller alone")
{
    const DiskWorld world;
    const std::string token = world.reply(clone_from("sys-net", "private", "mgr"));
    world.fails_cleanly(clone_to("work", "private", token), failure::token_not_found);
    const std::string mine = world.reply(clone_from("sys-net", "private", "mgr"));
    world.gives(clone_to("work", "private", mine, "mgr"), "");
    CHECK(read_start(world.root, "appvms/work/private") == "image of appvms/sys-net/private");
}

TEST_CASE("storage.md 83: what keeps no data takes no clone, and gives none")
{
    const DiskWorld world;
    for (const char* const role : {"root", "volatile", "kernel"}) {
        world.fails_cleanly(clone_from("work", role), failure::unsupported);
        const std::string token = world.reply(clone_from("fedora-25", "root"));
        refused(world, clone_to("work", role, token), Failure::unsupported);
    }
}

TEST_CASE("a volume of a running qube takes no clone, but gives its committed state")
{
    const simulated::Host host{simulated::store_without_network()};
    host.gives({"work", "vm.Start"}, "");
    const std::string token = host.reply(clone_from("mgr", "private"));
    refused(host, clone_to("work", "private", token), Failure::wrong_state);
    const std::string running = host.reply(clone_from("work", "private"));
    host.gives(clone_to("mgr", "private", running), "");
}

TEST_CASE("vm.Clone copies what is the qube's own")
{
    const DiskWorld world{on_files("        <property name=\"autostart\">True</property>\n")};
    world.root.write("/var/lib/qubes/appvms/work/firewall.xml", "<firewall/>\n");
    world.changes({"work", "vm.Clone", "", "name=twin", "mgr"}, {{"twin"}});
    const StoreView view = world.view();
    REQUIRE(view.domain("twin") != nullptr);
    CHECK(view.domain("twin")->attribute("class") == "AppVM");
    CHECK(view.property("twin", "template") == "fedora-25");
    CHECK(view.property("twin", "label") == view.property("work", "label"));
    CHECK(view.property("twin", "memory") == "600");
    CHECK_FALSE(view.property("twin", "autostart"));
    CHECK(view.property("twin", "uuid") != view.property("work", "uuid"));
    CHECK(view.property("twin", "qid") == "7");
    CHECK(view.feature("twin", "service.cups") == "1");
    CHECK(view.tags("twin") == std::vector<std::string>{"created-by-mgr", "managed-by-mgr"});
    CHECK(view.volume("twin", "private", "vid") == "appvms/twin/private");
    CHECK(view.volume("twin", "private", "size") == "5368709120");
    CHECK(view.volume("twin", "root", "source") == "vm-templates/fedora-25/root");
    CHECK(read_start(world.root, "appvms/twin/private") == "image of appvms/work/private");
    CHECK(world.root.read("/var/lib/qubes/appvms/twin/firewall.xml") == "<firewall/>\n");
    world.gives({"twin", "vm.volume.ListSnapshots", "private"}, "");
    CHECK_FALSE(world.root.exists("/var/lib/qubes-mgmt/intent/twin"));
}

TEST_CASE("vm.Clone of a template, and of devices")
{
    std::string store = store_text_on_files();
    const DiskWorld world{store};
    world.changes({"fedora-25", "vm.Clone", "", "name=fedora-26"}, {{"fedora-26"}});
    CHECK(read_start(world.root, "vm-templates/fedora-26/root") ==
          "image of vm-templates/fedora-25/root");
    CHECK(read_start(world.root, "vm-templates/fedora-26/private") ==
          "image of vm-templates/fedora-25/private");
    CHECK(world.view().property("fedora-26", "template") == std::nullopt);
    world.gives({"sys-net", "vm.Clone", "", "name=net2"}, "");
    const StoreView view = world.view();
    const Node* devices = view.domain("net2")->child("devices");
    REQUIRE(devices != nullptr);
    CHECK(devices->children.size() == 2);
    const Node* own = view.domain("sys-net")->child("devices");
    CHECK(view.text().substr(devices->begin, devices->end - devices->begin) ==
          view.text().substr(own->begin, own->end - own->begin));
}

TEST_CASE("vm.Clone refuses what it cannot copy, and leaves nothing")
{
    const DiskWorld world;
    world.fails_cleanly({"dom0", "vm.Clone", "", "name=twin"}, failure::unsupported);
    world.fails_cleanly({"work", "vm.Clone", "", "name=mgr"}, failure::vm_already_exists);
    world.fails_cleanly({"work", "vm.Clone", "", "name=9x"}, failure::bad_value);
    for (const char* const payload : {"", "twin", "name=twin label=red", "name=twin pool=lvm"})
        world.fails_cleanly({"work", "vm.Clone", "", payload}, failure::protocol);
    world.root.write(std::string{pool_path} + "appvms/twin/private.img/in-the-way", "");
    world.fails_cleanly({"work", "vm.Clone", "", "name=twin"}, failure::storage);

    const simulated::Host host{simulated::store_without_network()};
    host.gives({"work", "vm.Start"}, "");
    host.fails({"work", "vm.Clone", "", "name=twin"}, failure::not_halted);
}

TEST_CASE("vm.CloneInPool puts the copy where it is told")
{
    const DiskWorld world;
    world.changes({"work", "vm.CloneInPool", "", "name=twin pool:private=varlibqubes"}, {{"twin"}});
    CHECK(world.view().volume("twin", "private", "pool") == "varlibqubes");
    CHECK(world.view().volume("twin", "volatile", "pool") == "lvm");
    CHECK(read_start(world.root, "appvms/twin/private", "/var/lib/qubes/") ==
          "image of appvms/work/private");
    world.changes({"work", "vm.CloneInPool", "", "name=other pool=varlibqubes"}, {{"other"}});
    CHECK(world.view().volume("other", "volatile", "pool") == "varlibqubes");
    CHECK(world.view().volume("other", "kernel", "pool") == "linux-kernel");
    world.fails_cleanly({"work", "vm.CloneInPool", "", "name=third pool:root=varlibqubes"},
                        failure::failed);
    world.fails_cleanly({"work", "vm.CloneInPool", "", "name=third pool=nosuch"},
                        failure::pool_not_found);
    world.fails_cleanly({"work", "vm.CloneInPool", "", "name=third pool=nosuch", "mgr"},
                        failure::denied);
}
