// SPDX-License-Identifier: GPL-2.0-or-later
//
// What is asked of pools: storage.md 9, listing and info.

#include "calls/disk_world.hpp"
#include "support/catch.hpp"

#include <cstdio>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/statvfs.h>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

constexpr std::string_view vm_pool =
    R"(<pool name="vm-pool" dir_path="/var/lib/qm-pool" driver="file-reflink" revisions_to_keep="2" ephemeral_volatile="False"/>)";

std::string current_with(std::string_view pools)
{
    return with(store_text("current.xml"), vm_pool,
                std::string{vm_pool} + "\n    " + std::string{pools});
}

// A tmpfs, in a mount namespace of this program; false, and a line, where that is not allowed.
bool mount_memory_at(const std::string& path, const char* options)
{
    if (::unshare(CLONE_NEWNS) == 0 &&
        ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
        ::mount("none", path.c_str(), "tmpfs", 0, options) == 0)
        return true;
    std::puts("skipped: a pool of a known size needs a file system of its own");
    return false;
}

// The rows of a reply that begin with one of the keys.
std::string rows_of(const std::string& reply, const std::vector<std::string>& keys)
{
    std::string rows;
    for (std::size_t at = 0; at < reply.size();) {
        const auto end = reply.find('\n', at) + 1;
        const std::string row = reply.substr(at, end - at);
        if (std::ranges::any_of(keys, [&](const auto& key) { return row.starts_with(key + "="); }))
            rows += row;
        at = end;
    }
    return rows;
}

} // namespace

TEST_CASE("protocol.md I15: pool.List is asked of dom0")
{
    const World world;
    check_refusal(run_call(world.root, {"work", "pool.List"}), "mgmt.pool.List", Failure::protocol);
    check_refusal(run_call(world.root, {"work", "pool.List", "", "", "mgr"}), "mgmt.pool.List",
                  Failure::protocol);
}

TEST_CASE("storage.md 16 17: List gives the pools in the order of the store, and takes no payload")
{
    const World world;
    world.gives({"dom0", "pool.List"}, "lvm\nvarlibqubes\nlinux-kernel\n");
    world.gives({"dom0", "pool.List", "", "", "mgr"}, "lvm\nvarlibqubes\nlinux-kernel\n");
    world.fails({"dom0", "pool.List", "", "x"}, failure::protocol);
    const World current{store_text("current.xml")};
    current.gives({"dom0", "pool.List"}, "varlibqubes\nlinux-kernel\nvm-pool\n");
    current.gives({"dom0", "admin.pool.List"},
                  std::string{"0\0varlibqubes\nlinux-kernel\nvm-pool\n", 35});
}

TEST_CASE("pool.List: a store without pools, and pools of drivers nobody knows")
{
    std::string store = store_text("fixture.xml");
    const auto begin = store.find("  <pools>");
    const auto end = store.find("</pools>\n") + 9;
    const World none{store.erase(begin, end - begin)};
    none.gives({"dom0", "pool.List"}, "");
    const World strange{store_text("hostile.xml")};
    strange.gives({"dom0", "pool.List"}, "lvm\nvarlibqubes\nstrange\nlinux-kernel\n");
    strange.fails({"dom0", "pool.Info", "strange"}, failure::storage);
    strange.fails({"dom0", "pool.UsageDetails", "strange"}, failure::storage);
    strange.fails({"dom0", "pool.volume.List", "strange"}, failure::storage);
    strange.fails({"dom0", "pool.Set.revisions_to_keep", "strange", "1"}, failure::storage);
}

TEST_CASE("storage.md 18: Info of a pool on a file system of 200 MiB, half of it taken")
{
    const World world{
        current_with(R"(<pool name="default" dir_path="/p" driver="file-reflink"/>)")};
    world.root.write("/p/anything", "");
    if (!mount_memory_at(world.root.below("/p"), "size=200m"))
        return;
    const int file =
        ::open(world.root.below("/p/full").c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    REQUIRE(::posix_fallocate(file, 0, 100 << 20) == 0);
    ::close(file);
    world.gives({"dom0", "pool.Info", "default"},
                "dir_path=/p\ndriver=file-reflink\nephemeral_volatile=False\nname=default\n"
                "revisions_to_keep=1\nsize=209715200\nusage=104857600\n");
    world.gives({"dom0", "pool.UsageDetails", "default"},
                "data_size=209715200\ndata_usage=104857600\n");
    REQUIRE(::umount2(world.root.below("/p").c_str(), MNT_DETACH) == 0);
}

TEST_CASE("storage.md 19: Info of a pool whose directory is missing")
{
    const World world{store_text("current.xml")};
    world.gives({"dom0", "pool.Info", "vm-pool"},
                "dir_path=/var/lib/qm-pool\ndriver=file-reflink\nephemeral_volatile=False\n"
                "name=vm-pool\nrevisions_to_keep=2\n");
    world.gives({"dom0", "pool.UsageDetails", "vm-pool"}, "");
    world.gives({"dom0", "pool.volume.List", "vm-pool"}, "");
}

TEST_CASE("storage.md 20: a pool that is not there, for dom0 and for a qube")
{
    const World world;
    for (const char* const call :
         {"pool.Info", "pool.UsageDetails", "pool.volume.List", "pool.Remove"}) {
        world.fails({"dom0", call, "nosuch"}, failure::pool_not_found);
        world.fails({"dom0", call, "nosuch", "", "mgr"}, failure::denied);
        world.fails({"dom0", call, "a/b"}, failure::protocol);
    }
    world.fails({"dom0", "pool.Set.revisions_to_keep", "nosuch", "1"}, failure::pool_not_found);
    world.fails({"dom0", "pool.Set.ephemeral_volatile", "nosuch", "1", "mgr"}, failure::denied);
}

TEST_CASE("storage.md 21: Info of a pool of kernels, alone and inside another pool")
{
    const World world{
        current_with(R"(<pool name="kernels" dir_path="/boot/kernels" driver="linux-kernel"/>)")};
    world.root.write("/boot/kernels/6.6/vmlinuz", "x");
    world.gives({"dom0", "pool.Info", "kernels"},
                "dir_path=/boot/kernels\ndriver=linux-kernel\nname=kernels\n");
    world.gives({"dom0", "pool.Info", "linux-kernel"},
                "dir_path=/var/lib/qubes/vm-kernels\ndriver=linux-kernel\nname=linux-kernel\n"
                "included_in=varlibqubes\n");
    world.gives({"dom0", "pool.UsageDetails", "linux-kernel"}, "");
}

TEST_CASE("pool.Info: a pool in the directory of another, by its real place")
{
    const World world{current_with(
        R"(<pool name="linked" dir_path="/link/inner" driver="file-reflink" revisions_to_keep="-1"/>)")};
    std::filesystem::create_directories(world.root.below("/var/lib/qm-pool/inner"));
    std::filesystem::create_symlink(world.root.below("/var/lib/qm-pool"),
                                    world.root.below("/link"));
    const std::string reply = world.reply({"dom0", "pool.Info", "linked"});
    CHECK(rows_of(reply, {"dir_path", "revisions_to_keep", "included_in"}) ==
          "dir_path=/link/inner\nrevisions_to_keep=-1\nincluded_in=vm-pool\n");
    struct statvfs facts {};
    REQUIRE(::statvfs(world.root.below("/link").c_str(), &facts) == 0);
    CHECK(rows_of(reply, {"size"}) ==
          "size=" + std::to_string(facts.f_frsize * facts.f_blocks) + "\n");
    CHECK(reply.find("usage=") != std::string::npos);
    CHECK(world.reply({"dom0", "pool.Info", "vm-pool"}).find("included_in") == std::string::npos);
}

TEST_CASE("pool.Info: a store of the older generation says nothing of ephemeral volumes")
{
    const World world{store_text_on_files()};
    CHECK(rows_of(world.reply({"dom0", "pool.Info", "varlibqubes"}),
                  {"dir_path", "driver", "ephemeral_volatile", "name", "revisions_to_keep"}) ==
          "dir_path=/var/lib/qubes\ndriver=file-reflink\nname=varlibqubes\nrevisions_to_keep=1\n");
}

TEST_CASE("pool.volume.List: what is in the pool, with or without an owner, sorted")
{
    const DiskWorld world{store_text("current.xml")};
    world.root.write("/var/lib/qm-pool/appvms/gone/private.img", "of nobody");
    world.root.write("/var/lib/qm-pool/appvms/gone/notes.txt", "no image");
    world.root.write("/var/lib/qm-pool/stray.img", "no image of a qube");
    const std::string rows = world.reply({"dom0", "pool.volume.List", "vm-pool"});
    CHECK(rows.starts_with("appvms/"));
    CHECK(("\n" + rows).find("\nappvms/gone/private\n") != std::string::npos);
    CHECK(("\n" + rows).find("\nvm-templates/debian-12/root\n") != std::string::npos);
    CHECK(rows.find("notes") == std::string::npos);
    CHECK(rows.find("stray") == std::string::npos);
    world.root.add_kernel("6.6.2-1");
    world.gives({"dom0", "pool.volume.List", "linux-kernel"}, "4.8.12-12\n6.6.2-1\n");
}

TEST_CASE("storage.md 92: ListDrivers gives each driver with what Add takes, in upstream's order")
{
    const World world;
    world.gives({"dom0", "pool.ListDrivers"},
                "file revisions_to_keep dir_path ephemeral_volatile\n"
                "file-reflink revisions_to_keep dir_path setup_check ephemeral_volatile\n"
                "linux-kernel dir_path\n"
                "lvm_thin revisions_to_keep volume_group thin_pool ephemeral_volatile\n"
                "zfs revisions_to_keep container ephemeral_volatile snap_on_start_forensics\n");
}

TEST_CASE("storage.md 93: values that Set.revisions_to_keep refuses")
{
    const World world{current_with(R"(<pool name="old" dir_path="/var/lib/old" driver="file"/>)")};
    const std::string call = "pool.Set.revisions_to_keep";
    world.fails({"dom0", call, "vm-pool", "-2"}, failure::bad_value);
    world.fails({"dom0", call, "vm-pool", "100001"}, failure::bad_value);
    world.fails({"dom0", call, "old", "2"}, failure::bad_value);
    world.fails({"dom0", call, "linux-kernel", "1"}, failure::bad_value);
    for (const char* const text :
         {"one", "01", "-01", "-", " 1", "1\n\n", "1 ", "+1", "1e3", "10000000000000000000"}) {
        INFO(text);
        world.fails({"dom0", call, "vm-pool", text}, failure::protocol);
    }
}

TEST_CASE("pool.Set: the option changes, to the byte, and the same again writes nothing")
{
    const World world{
        current_with(R"(<pool name="bare" dir_path="/var/lib/bare" driver="file-reflink"/>)")};
    world.changes({"dom0", "pool.Set.revisions_to_keep", "bare", "5"}, {{"", "pools", "bare"}});
    CHECK(world.root.store().find(R"(<pool name="bare" dir_path="/var/lib/bare" )"
                                  R"(driver="file-reflink" revisions_to_keep="5"/>)") !=
          std::string::npos);
    world.changes({"dom0", "pool.Set.revisions_to_keep", "bare", "-1\n"}, {{"", "pools", "bare"}});
    CHECK(world.view().pool("bare")->attribute("revisions_to_keep") == "-1");
    world.changes_nothing({"dom0", "pool.Set.revisions_to_keep", "bare", "-1"});
    world.changes_nothing({"dom0", "pool.Set.revisions_to_keep", "linux-kernel", "0"});
    world.changes({"dom0", "pool.Set.ephemeral_volatile", "vm-pool", "yes"},
                  {{"", "pools", "vm-pool"}});
    CHECK(world.view().pool("vm-pool")->attribute("ephemeral_volatile") == "True");
    world.changes_nothing({"dom0", "pool.Set.ephemeral_volatile", "vm-pool", "True\n"});
    world.changes_nothing({"dom0", "pool.Set.ephemeral_volatile", "bare", "off"});
    world.fails({"dom0", "pool.Set.ephemeral_volatile", "vm-pool", "maybe"}, failure::protocol);
    world.fails({"dom0", "pool.Set.ephemeral_volatile", "linux-kernel", "True"},
                failure::bad_value);
    world.changes_nothing({"dom0", "pool.Set.ephemeral_volatile", "linux-kernel", "False"});
}

TEST_CASE("pool.Set: a qube made afterwards keeps as many revisions")
{
    const DiskWorld world{store_text("current.xml")};
    world.gives({"dom0", "pool.Set.revisions_to_keep", "vm-pool", "7"}, "");
    world.gives({"dom0", "vm.Create.AppVM", "debian-12", "name=news label=red"}, "");
    CHECK(world.view().volume("news", "private", "revisions_to_keep") == "7");
    CHECK(world.view().volume("debian-12", "private", "revisions_to_keep") == "2");
}

TEST_CASE("pool.Set: a store of the older generation cannot have ephemeral volumes")
{
    const World world;
    world.fails({"dom0", "pool.Set.ephemeral_volatile", "varlibqubes", "True"},
                failure::unsupported);
    world.changes_nothing({"dom0", "pool.Set.ephemeral_volatile", "varlibqubes", "False"});
}
