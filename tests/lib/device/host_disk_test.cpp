// SPDX-License-Identifier: GPL-2.0-or-later

#include "device/host_disk.hpp"
#include "support/catch.hpp"
#include "support/disk_tree.hpp"
#include "support/in_root.hpp"

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

std::string kept(const DiskTree& tree, const std::string& node)
{
    const HostDisks host{tree.top};
    const auto disk = host.disk(node);
    return disk ? host.why_kept(*disk) : "not there";
}

// A tree of its own for each test.
struct Place {
    Root root;
    std::string top = std::filesystem::path{root.make_way("/dev")}.parent_path();
};

struct Disks : Place, DiskTree {
    Disks() : DiskTree{Place::top} {}
    using DiskTree::top;
};

bool can_run()
{
    if (DiskTree::can_be(Place{}.top))
        return true;
    WARN("skipped: no nodes can be made here");
    return false;
}

const char* const root_mount = "27 1 7:200 / / rw,relatime - ext4 /dev/loop200 rw\n";

} // namespace

TEST_CASE("host disks: a disk that nobody uses is free, with what the kernel says of it",
          "[device]")
{
    if (!can_run())
        return;
    const Disks tree;
    tree.write("/proc/self/mountinfo", root_mount);
    tree.add("loop200", 200);
    tree.add("loop201", 201, 2048, true);
    CHECK(kept(tree, "/dev/loop201").empty());
    const auto disk = HostDisks{tree.top}.disk("/dev/loop201");
    REQUIRE(disk);
    CHECK(disk->size == 2048 * 512);
    CHECK(disk->read_only);
    CHECK(kept(tree, "/dev/loop200").find("mounted") != std::string::npos);
    CHECK(kept(tree, "/dev/loop202") == "not there");
    CHECK(kept(tree, "/dev/../etc/passwd") == "not there");
    tree.write("/dev/file", "x");
    CHECK(kept(tree, "/dev/file") == "not there");
}

TEST_CASE("host disks: the number decides, not the name of the node", "[device]")
{
    if (!can_run())
        return;
    const Disks tree;
    tree.write("/proc/self/mountinfo", root_mount);
    tree.add("loop200", 200);
    tree.add("loop201", 201);
    tree.link("/dev/disk/by-id/x", "../../loop200");
    CHECK(kept(tree, "/dev/disk/by-id/x").find("mounted") != std::string::npos);
    REQUIRE(tree.node("/dev/harmless", 200));
    CHECK(kept(tree, "/dev/harmless") == "not there");
    tree.write("/sys/devices/virtual/block/loop201/dev", "7:200\n");
    CHECK(kept(tree, "/dev/loop201") == "not there");
}

TEST_CASE("host disks: what is used, by whatever, stays dom0's", "[device]")
{
    if (!can_run())
        return;
    const Disks tree;
    tree.write("/proc/self/mountinfo", root_mount);
    for (int i = 201; i <= 208; ++i)
        tree.add("loop" + std::to_string(i), i);
    const auto is_kept = [&](int i) {
        return !kept(tree, "/dev/loop" + std::to_string(i)).empty();
    };

    tree.write("/proc/swaps", "Filename Type Size Used Priority\n/dev/loop201 partition 1 0 -2\n");
    CHECK(is_kept(201));
    tree.write("/sys/devices/virtual/block/loop202/holders/dm-0", "");
    CHECK(is_kept(202));
    tree.write("/run/udev/data/b7:203", "S:x\nE:ID_FS_TYPE=LVM2_member\n");
    CHECK(is_kept(203));
    tree.write("/run/udev/data/b7:204", "E:ID_FS_TYPE=ext4\n");
    CHECK_FALSE(is_kept(204));
    tree.write("/run/udev/data/b7:205", "E:ID_FS_TYPE=zfs_member\n");
    CHECK(is_kept(205));
    tree.write("/sys/fs/btrfs/some-uuid/devices/loop206", "");
    CHECK(is_kept(206));
    // Mounted by another name, in the middle of the table; btrfs makes numbers up.
    tree.link("/dev/mapper/x", "../loop207");
    tree.write("/proc/self/mountinfo",
               std::string{root_mount} + "28 1 0:40 / /mnt rw shared:1 - btrfs /dev/mapper/x rw\n");
    CHECK(is_kept(207));
    CHECK_FALSE(is_kept(208));
}

TEST_CASE("host disks: a disk and its partitions keep each other", "[device]")
{
    if (!can_run())
        return;
    const Disks tree;
    tree.write("/proc/self/mountinfo", root_mount);
    tree.add("loop201", 201);
    tree.add_partition("loop201", "loop201p1", 211);
    tree.add_partition("loop201", "loop201p2", 212);
    CHECK(kept(tree, "/dev/loop201").empty());
    tree.write("/proc/swaps", "Filename\n/dev/loop201p2 partition\n");
    CHECK(!kept(tree, "/dev/loop201").empty());
    CHECK(!kept(tree, "/dev/loop201p2").empty());
    CHECK(kept(tree, "/dev/loop201p1").empty());
    tree.write("/sys/devices/virtual/block/loop201/holders/md0", "");
    CHECK(!kept(tree, "/dev/loop201p1").empty());
}

TEST_CASE("host disks: what cannot be found out keeps everything", "[device]")
{
    if (!can_run())
        return;
    const Disks tree;
    tree.add("loop201", 201);
    CHECK(!kept(tree, "/dev/loop201").empty()); // no mounts can be read
    tree.write("/proc/self/mountinfo", root_mount);
    CHECK(kept(tree, "/dev/loop201").empty());
    tree.write("/proc/swaps", "");
    CHECK(!kept(tree, "/dev/loop201").empty());
}
