// SPDX-License-Identifier: GPL-2.0-or-later

#include "device/pci/system_disks.hpp"
#include "support/catch.hpp"
#include "support/in_root.hpp"

#include <filesystem>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

namespace fs = std::filesystem;

// A machine's mounts, device nodes and disks.
struct Disks {
    Root root;
    std::string top = fs::path{root.make_way("/dev")}.parent_path();

    // `way` below /sys/devices ends in the name of the disk; its node is /dev/NAME.
    void add(const std::string& way, const std::vector<std::string>& stands_on = {}) const
    {
        const std::string name = fs::path{way}.filename();
        root.write("/sys/devices/" + way + "/dev", "8:0\n");
        root.write("/dev/" + name, "");
        link("/sys/class/block/" + name, "../../devices/" + way);
        for (const std::string& lower : stands_on)
            link("/sys/devices/" + way + "/slaves/" + lower, top + "/sys/class/block/" + lower);
    }

    void link(const std::string& node, const std::string& target) const
    {
        fs::create_symlink(target, root.make_way(node));
    }

    void mount(const std::string& lines) const { root.write("/proc/self/mountinfo", lines); }

    [[nodiscard]] std::vector<std::string> found() const
    {
        std::vector<std::string> texts;
        for (const PciAddress& address : pci_of_system_disks(top).devices)
            texts.push_back(address.text());
        return texts;
    }
    [[nodiscard]] bool all_found() const { return !pci_of_system_disks(top).incomplete; }
};

using Texts = std::vector<std::string>;

const std::string nvme = "pci0000:00/0000:00:1d.0/0000:01:00.0/nvme/nvme0/nvme0n1";
const std::string sata = "pci0000:00/0000:00:17.0/ata1/host0/target0:0:0/0:0:0:0/block/sda";

} // namespace

TEST_CASE("system disks: nothing mounted, nothing found, and that is not all", "[device]")
{
    const Disks disks;
    CHECK(disks.found().empty());
    CHECK(!disks.all_found());
    disks.mount("");
    CHECK(disks.found().empty());
    CHECK(!disks.all_found());
}

TEST_CASE("system disks: the controllers of root and boot, and what is on the way to them",
          "[device]")
{
    const Disks disks;
    disks.add(nvme);
    disks.add(nvme + "/nvme0n1p2");
    disks.add(sata);
    disks.add("pci0000:00/0000:00:14.0/usb1/1-2/1-2:1.0/host6/target6:0:0/6:0:0:0/block/sdb");
    const std::string root = "27 1 259:2 / / rw,relatime shared:1 - ext4 /dev/nvme0n1p2 rw\n";
    disks.mount("22 27 0:21 / /proc rw - proc proc rw\n" + root +
                "90 27 8:16 / /run/media rw - vfat /dev/sdb rw\n");
    CHECK(disks.found() == Texts{"0000:00:1d.0", "0000:01:00.0"});
    CHECK(disks.all_found());
    disks.mount(root + "28 27 8:0 / /boot rw - ext4 /dev/sda rw");
    CHECK(disks.found() == Texts{"0000:00:17.0", "0000:00:1d.0", "0000:01:00.0"});
    CHECK(disks.all_found());
    disks.mount("28 27 8:0 / /boot/efi rw - vfat /dev/sda rw\n"
                "29 27 8:0 / /boots rw - vfat /dev/nvme0n1 rw\n");
    CHECK(disks.found() == Texts{"0000:00:17.0"});
    CHECK(!disks.all_found()); // where is the root?
}

TEST_CASE("system disks: through volumes, encryption and RAID, whatever number btrfs made up",
          "[device]")
{
    const Disks disks;
    disks.add(nvme);
    disks.add(nvme + "/nvme0n1p3");
    disks.add(sata);
    disks.add("virtual/block/md0", {"nvme0n1p3", "sda"});
    disks.add("virtual/block/dm-0", {"md0"});
    disks.add("virtual/block/dm-7", {"dm-0"});
    disks.add("virtual/block/dm-9", {"dm-9"}); // no end of it
    disks.link("/dev/mapper/luks-1", "../dm-7");
    disks.mount("27 1 0:30 /root / rw - btrfs /dev/mapper/luks-1 rw,subvol=/root\n");
    CHECK(disks.found() == Texts{"0000:00:17.0", "0000:00:1d.0", "0000:01:00.0"});
    disks.mount("27 1 253:7 / / rw - ext4 /dev/mapper/luks-1 rw\n");
    CHECK(disks.found() == Texts{"0000:00:17.0", "0000:00:1d.0", "0000:01:00.0"});
    CHECK(disks.all_found());
    disks.mount("27 1 253:9 / / rw - ext4 /dev/dm-9 rw\n");
    CHECK(disks.found().empty());
    CHECK(!disks.all_found());
}

TEST_CASE("system disks: all disks of a btrfs", "[device]")
{
    const Disks disks;
    disks.add(nvme);
    disks.add(sata);
    disks.mount("27 1 0:30 /root / rw - btrfs /dev/nvme0n1 rw,subvol=/root\n");
    CHECK(disks.found() == Texts{"0000:00:1d.0", "0000:01:00.0"});
    CHECK(!disks.all_found()); // nobody says which it has
    const std::string all = "/sys/fs/btrfs/";
    disks.root.write(all + "features/raid1c34", "0\n");
    disks.link(all + "1b0c/devices/sdz", "../../../../devices/gone");
    disks.link(all + "5f27/devices/nvme0n1", disks.top + "/sys/class/block/nvme0n1");
    disks.link(all + "5f27/devices/sda", disks.top + "/sys/class/block/sda");
    CHECK(disks.found() == Texts{"0000:00:17.0", "0000:00:1d.0", "0000:01:00.0"});
    CHECK(disks.all_found());
    disks.link(all + "5f27/devices/sdz", "../../../../devices/gone");
    CHECK(!disks.all_found());
}

TEST_CASE("system disks: a partition of a RAID stands on what the RAID stands on", "[device]")
{
    const Disks disks;
    disks.add(sata);
    disks.add("virtual/block/md126", {"sda"});
    disks.add("virtual/block/md126/md126p2");
    disks.root.write("/sys/devices/virtual/block/md126/md126p2/partition", "2\n");
    disks.mount("27 1 259:1 / / rw - ext4 /dev/md126p2 rw\n");
    CHECK(disks.found() == Texts{"0000:00:17.0"});
    CHECK(disks.all_found());
}

TEST_CASE("system disks: one that is not on PCI is known, one that stands on nothing is not",
          "[device]")
{
    const Disks disks;
    disks.add("vbd-51712/block/xvda");
    disks.add("virtual/block/loop0");
    disks.add("virtual/block/dm-1", {"loop0"});
    disks.mount("27 1 202:0 / / rw - ext4 /dev/xvda rw\n"
                "30 27 0:35 / /boot/efi rw - autofs systemd-1 rw\n");
    CHECK(disks.all_found());
    for (const char* device : {"/dev/loop0", "/dev/dm-1"}) {
        disks.mount("27 1 7:0 / / rw - ext4 " + std::string{device} + " rw\n");
        CHECK(!disks.all_found());
    }
    disks.mount("27 1 202:0 / / rw - ext4 /dev/xvda rw\n28 27 0:40 / /boot rw - zfs bpool rw\n");
    CHECK(!disks.all_found());
    CHECK(disks.found().empty());
}

TEST_CASE("system disks: a disk that several controllers reach", "[device]")
{
    const Disks disks;
    const std::string subsystem = "virtual/nvme-subsystem/nvme-subsys0";
    disks.add(subsystem + "/nvme0n1");
    disks.add(subsystem + "/nvme0n1/nvme0n1p1");
    const std::string controller = "pci0000:00/0000:00:06.0/0000:02:00.0/nvme/nvme0";
    disks.root.write("/sys/devices/" + controller + "/state", "live\n");
    disks.link("/sys/devices/" + subsystem + "/nvme0", "../../../" + controller);
    disks.link("/sys/devices/" + subsystem + "/subsystem", "../../../pci0000:00/0000:00:02.0");
    for (const char* device : {"/dev/nvme0n1", "/dev/nvme0n1p1"}) {
        disks.mount("27 1 259:1 / / rw - ext4 " + std::string{device} + " rw\n");
        CHECK(disks.found() == Texts{"0000:00:06.0", "0000:02:00.0"});
        CHECK(disks.all_found());
    }
    for (const char* lost : {"../../nvme-fabrics/ctl/nvme1", "nowhere"}) {
        disks.link("/sys/devices/" + subsystem + "/nvme1", lost);
        disks.root.write("/sys/devices/virtual/nvme-fabrics/ctl/nvme1/state", "live\n");
        CHECK(!disks.all_found());
        CHECK(disks.found() == Texts{"0000:00:06.0", "0000:02:00.0"});
        fs::remove(disks.root.make_way("/sys/devices/" + subsystem + "/nvme1"));
    }
    fs::remove(disks.root.make_way("/sys/devices/" + subsystem + "/nvme0"));
    CHECK(!disks.all_found());
}

TEST_CASE("system disks: a line that makes no sense says nothing", "[device]")
{
    const Disks disks;
    disks.add(sata);
    for (const char* line :
         {"27 1 8:0 / / rw ext4 /dev/sda rw", "27 1 8:0 /", "27 1 8:0 / / rw - ext4", "- ", "   ",
          "27 1 8:0 / / rw - ext4 /dev/", "27 1 8:0 / / rw - ext4 /dev/sdz rw",
          "27 1 8:0 / / rw - ext4 sda rw", "27 1 0:3 / / rw - overlay overlay rw"}) {
        INFO(line);
        disks.mount(line);
        CHECK(disks.found().empty());
        CHECK(!disks.all_found());
    }
    disks.mount("27 1 8:0 / / rw - ext4 /dev/sda rw");
    CHECK(disks.found() == Texts{"0000:00:17.0"});
    CHECK(disks.all_found());
}
