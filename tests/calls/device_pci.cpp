// SPDX-License-Identifier: GPL-2.0-or-later
//
// The PCI devices of dom0, from a sysfs of the tests' own: firewall-devices.md 2.

#include "calls/world.hpp"
#include "support/catch.hpp"
#include "support/pci_tree.hpp"

#include <nlohmann/json.hpp>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

constexpr const char* available = "vm.device.pci.Available";
constexpr const char* available_framed = "admin.vm.device.pci.Available";

struct PciWorld : World {
    PciWorld()
    {
        const PciTree tree{root.below("/sys")};
        tree.add("pci0000:00/0000:00:00.0", "060000", "8086", "3e0f");
        tree.add("pci0000:00/0000:00:1f.3", "040300", "8086", "a348");
        tree.add_bridge("pci0000:00/0000:00:1c.4", "2");
        tree.add("pci0000:00/0000:00:1c.4/0000:02:00.0", "020000", "10ec", "8168");
        tree.add("pci0000:00/0000:00:1c.4/0000:02:00.1", "ff0000", "10ec", "816a");
        tree.add("pci0001:00/0001:00:02.0", "030000", "10de", "1b80");
    }
};

std::string framed(std::string_view content)
{
    return std::string{"0\0", 2} + std::string{content};
}

// A row of admin.* for a device of which only the numbers are known.
std::string row(const std::string& port, const std::string& id, const std::string& names,
                const std::string& interfaces, const std::string& address)
{
    return port + ":" + id + " device_id='" + id + "' port_id='" + port +
           "' devclass='pci' backend_domain='dom0'" + names + " interfaces='" + interfaces +
           "' _sbdf='" + address + "'\n";
}

} // namespace

TEST_CASE("firewall-devices.md V31 V32: the PCI devices of dom0 are named by the way to them")
{
    const PciWorld world;
    world.gives({"dom0", available}, "dom0+0001_00_02.0\n"
                                     "dom0+00_1c.4-00_00.0\n"
                                     "dom0+00_1c.4-00_00.1\n"
                                     "dom0+00_1f.3\n");
}

TEST_CASE("vm.device.pci.Available: one device, by any of its names")
{
    const PciWorld world;
    for (const char* argument :
         {"00_1c.4-00_00.0", "dom0+00_1c.4-00_00.0", "02_00.0", "dom0+02_00.0", "0000_02_00.0"}) {
        INFO(argument);
        world.gives({"dom0", available, argument}, "dom0+00_1c.4-00_00.0\n");
    }
    world.gives({"dom0", available, "0001_00_02.0"}, "dom0+0001_00_02.0\n");
}

TEST_CASE("vm.device.pci.Available: what is not there, or is a bridge, is no error "
          "(firewall-devices.md V03)")
{
    const PciWorld world;
    for (const char* argument : {"zzz", "00_1f.4", "00_1f.3-00_00.0", "02_00.2", "00_02.0",
                                 "dom0+zzz", "work+00_1f.3", "nosuch+00_1f.3", "00_1c.4"}) {
        INFO(argument);
        world.gives({"dom0", available, argument}, "");
    }
}

TEST_CASE("vm.device.pci.Available: only dom0 exposes PCI devices (firewall-devices.md V04 V30)")
{
    const PciWorld world;
    world.gives({"work", available}, "");
    world.gives({"sys-net", available, "00_1f.3"}, "");
    world.gives({"sys-net", available, "dom0+00_1f.3"}, "");
    world.gives({"work", available_framed}, framed(""));
    world.fails({"nosuch", available}, failure::vm_not_found);
}

TEST_CASE("vm.device.pci.Available: a malformed argument, and input, are refused")
{
    const PciWorld world;
    for (const char* argument :
         {"+", "dom0+", "+00_1f.3", "dom0+00_1f.3+", "a+b+c", "none+00_1f.3",
          "00000000000000000000000000000000000000000000000000000000000000000"})
        world.fails({"dom0", available, argument}, failure::protocol);
    world.fails({"dom0", available, "", "x"}, failure::protocol);
}

TEST_CASE("vm.device.pci.Available: as admin.* all that is known, bridges too")
{
    const PciWorld world;
    const std::string audio =
        row("00_1f.3", "0x8086:0xa348::p040300", "", "p040300", "0000:00:1f.3");
    const std::string port =
        row("00_1c.4", "0x8086:0xa33e::p060400", "", "p060400", "0000:00:1c.4");
    world.gives(
        {"dom0", available_framed},
        framed(row("0001_00_02.0", "0x10de:0x1b80::p030000", "", "p030000", "0001:00:02.0") +
               row("00_00.0", "0x8086:0x3e0f::p060000", "", "p060000", "0000:00:00.0") + port +
               row("00_1c.4-00_00.0", "0x10ec:0x8168::p020000", "", "p020000", "0000:02:00.0") +
               row("00_1c.4-00_00.1", "0x10ec:0x816a::pff0000", "", "pff0000", "0000:02:00.1") +
               audio));
    world.gives({"dom0", available_framed, "00_1f.3"}, framed(audio));
    world.gives({"dom0", available_framed, "dom0+00_1c.4"}, framed(port));
    world.gives({"dom0", available_framed, "zzz"}, framed(""));
}

TEST_CASE("vm.device.pci.Available: what dom0's own disks are behind is not offered")
{
    const PciWorld world;
    PciTree{world.root.below("/sys")}.add("pci0000:00/0000:00:17.0", "010601", "8086", "a352");
    world.gives({"dom0", available, "00_17.0"}, "dom0+00_17.0\n");
    const std::string disk = "/devices/pci0000:00/0000:00:17.0/ata1/block/sda";
    world.root.write("/sys" + disk + "/dev", "8:0\n");
    world.root.write("/dev/sda", "");
    world.root.write("/sys/class/block/x", "");
    std::filesystem::create_symlink("../.." + disk, world.root.below("/sys/class/block/sda"));
    world.root.write("/proc/self/mountinfo", "27 1 8:0 / / rw - ext4 /dev/sda rw\n");
    world.gives({"dom0", available, "00_17.0"}, "");
    world.gives({"dom0", available, "00_1f.3"}, "dom0+00_1f.3\n");
    world.gives({"dom0", available_framed, "00_17.0"},
                framed(row("00_17.0", "0x8086:0xa352::p010601", "", "p010601", "0000:00:17.0")));
}

TEST_CASE("vm.device.pci.Available: names come from the table that is installed")
{
    const PciWorld world;
    for (const char* place : {"/usr/share/misc/pci.ids", "/usr/share/hwdata/pci.ids"}) {
        world.root.write(place, "8086  Intel's\n\ta348  Cannon Lake\n# " + std::string{place});
        world.gives(
            {"dom0", available_framed, "00_1f.3"},
            framed(row("00_1f.3", "0x8086:0xa348::p040300",
                       R"( vendor='Intel\'s' product='Cannon Lake')", "p040300", "0000:00:1f.3")));
    }
    world.root.write("/usr/share/hwdata/pci.ids", "8086  The first that is there\n");
    world.gives({"dom0", available_framed, "00_1f.3"},
                framed(row("00_1f.3", "0x8086:0xa348::p040300", " vendor='The first that is there'",
                           "p040300", "0000:00:1f.3")));
}

TEST_CASE("vm.device.pci.Available: where nobody can be asked who has them, the rest is shown")
{
    const PciWorld world;
    world.root.configure("hypervisor = xen:///\n");
    world.gives({"dom0", available_framed, "00_1f.3"},
                framed(row("00_1f.3", "0x8086:0xa348::p040300", "", "p040300", "0000:00:1f.3")));
    world.gives({"dom0", available, "00_1f.3"}, "dom0+00_1f.3\n");
}

TEST_CASE("vm.device.pci.Available: for a person and a script in dom0")
{
    const PciWorld world;
    const Outcome json =
        run_local(world.root, "mgmt.vm.device.pci.Available", {"--json", "00_1f.3"});
    CHECK(json.status == 0);
    CHECK(nlohmann::json::parse(json.out) ==
          nlohmann::json::parse(R"([{"device": "dom0+00_1f.3"}])"));
}

TEST_CASE("vm.device.pci.Available: a machine without PCI has none")
{
    const World world;
    world.gives({"dom0", available}, "");
    world.gives({"dom0", available_framed}, framed(""));
}
