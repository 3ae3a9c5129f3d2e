// SPDX-License-Identifier: GPL-2.0-or-later

#include "device/attached_disk.hpp"
#include "support/catch.hpp"
#include "support/failure_of.hpp"

using namespace qmgmt;
using qmgmt::test::failure_of;

namespace {

std::string summary(const AttachedDisk& disk)
{
    return disk.target + " " + disk.source + " of '" + disk.backend + "'" +
           (disk.role.empty() ? "" : " as " + disk.role) + (disk.read_only ? " ro" : "") +
           (disk.cdrom ? " cdrom" : "");
}

std::vector<std::string> all(const std::string& xml)
{
    std::vector<std::string> found;
    for (const AttachedDisk& disk : attached_disks(xml))
        found.push_back(summary(disk));
    return found;
}

using Texts = std::vector<std::string>;

} // namespace

TEST_CASE("attached disks: all that a domain has, on Xen", "[device]")
{
    CHECK(all(R"(<domain type='xen' id='7'><devices>
        <disk type='block' device='disk'><driver name='phy'/><source dev='/dev/mapper/v-root'/>
          <target dev='xvda' bus='xen'/></disk>
        <disk type='block' device='disk'><source dev='/dev/sda'/><backenddomain name='sys-usb'/>
          <target dev='xvdi' bus='xen'/><readonly/></disk>
        <disk type='file' device='cdrom'><target dev='xvdd'/><readonly/></disk>
        <disk type='block' device='disk'><source dev='/dev/sr0'/><backenddomain name='dom0'/>
          <target dev='xvdj'/></disk>
        <interface/></devices></domain>)") == Texts{"xvda /dev/mapper/v-root of ''",
                                                    "xvdi /dev/sda of 'sys-usb' ro",
                                                    "xvdd  of '' ro cdrom", "xvdj /dev/sr0 of ''"});
}

TEST_CASE("attached disks: QEMU's have the names that they would have on Xen", "[device]")
{
    CHECK(all(R"(<domain type='qemu'><devices>
        <disk type='file' device='disk'><source file='/p/root.img'/><target dev='vda'/>
          <serial>root</serial></disk>
        <disk type='block' device='disk'><source dev='/dev/loop3' index='2'/>
          <target dev='vdi' bus='virtio'/></disk></devices></domain>)") ==
          Texts{"xvda /p/root.img of '' as root", "xvdi /dev/loop3 of ''"});
    CHECK(all("<domain/>").empty());
    CHECK(failure_of([] { static_cast<void>(attached_disks("<domain>")); }) == Failure::failed);
}

TEST_CASE("attached disks: system volumes are no devices", "[device]")
{
    const auto system = [](const char* target, bool kernel, const char* role = "") {
        return is_system_disk({.target = target, .role = role}, kernel);
    };
    CHECK(system("xvda", false));
    CHECK(system("xvdb", false));
    CHECK(system("xvdc", true));
    CHECK(system("xvdd", true));
    CHECK_FALSE(system("xvdd", false));
    CHECK_FALSE(system("xvdi", true));
    CHECK(system("xvdf", true, "vol1"));
}
