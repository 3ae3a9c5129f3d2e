// SPDX-License-Identifier: GPL-2.0-or-later

#include "device/pci/bus.hpp"
#include "support/catch.hpp"
#include "support/failure_of.hpp"
#include "support/in_root.hpp"
#include "support/pci_tree.hpp"

#include <algorithm>
#include <unistd.h>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

namespace fs = std::filesystem;

struct Machine {
    Root place;
    PciTree tree{place.make_way("/sys")};

    [[nodiscard]] PciBus read() const { return PciBus::read(tree.sysfs()); }
    // "address port", in the order of the listing.
    [[nodiscard]] std::vector<std::string> ports() const
    {
        const PciBus bus = read();
        std::vector<std::string> rows;
        for (const PciDevice& device : bus.devices())
            rows.push_back(device.address.text() + " " + device.port.text());
        return rows;
    }
};

const PciDevice* find(const PciBus& bus, std::string_view port)
{
    const auto parsed = PciPort::parse(port);
    return parsed ? bus.find(*parsed) : nullptr;
}

} // namespace

TEST_CASE("PCI bus: a device on a root bus is named by its address (firewall-devices.md V31)",
          "[device]")
{
    const Machine machine;
    machine.tree.add("pci0000:00/0000:00:1f.3", "040300", "8086", "a348");
    const PciBus bus = machine.read();
    REQUIRE(bus.devices().size() == 1);
    const PciDevice& device = bus.devices().front();
    CHECK(device.address.text() == "0000:00:1f.3");
    CHECK(device.port.text() == "00_1f.3");
    CHECK(device.klass == 0x040300);
    CHECK(device.vendor == 0x8086);
    CHECK(device.product == 0xa348);
    CHECK(device.interfaces() == "p040300");
    CHECK(device.id() == "0x8086:0xa348::p040300");
    CHECK(!device.is_bridge());
}

TEST_CASE("PCI bus: a device behind a bridge is named by the way, and back "
          "(firewall-devices.md V32)",
          "[device]")
{
    const Machine machine;
    machine.tree.add_bridge("pci0000:00/0000:00:1c.4", "2");
    machine.tree.add("pci0000:00/0000:00:1c.4/0000:02:00.0", "020000", "10ec", "8168");
    const PciBus bus = machine.read();
    CHECK(machine.ports() ==
          std::vector<std::string>{"0000:00:1c.4 00_1c.4", "0000:02:00.0 00_1c.4-00_00.0"});
    const PciDevice* card = find(bus, "00_1c.4-00_00.0");
    REQUIRE(card != nullptr);
    CHECK(card->address.text() == "0000:02:00.0");
    CHECK(find(bus, "02_00.0") == card);
    CHECK(find(bus, "00_1c.4")->is_bridge());
    // below what is no bridge, below a bridge at another place, and nothing at all
    for (const char* port : {"00_1c.4-00_00.0-00_00.0", "00_1c.5-00_00.0", "00_1c.4-01_00.0",
                             "00_1c.4-02_00.0", "03_00.0", "0001_02_00.0"}) {
        INFO(port);
        CHECK(find(bus, port) == nullptr);
    }
}

TEST_CASE("PCI bus: bridges behind bridges, functions of a further bus, and segments", "[device]")
{
    const Machine machine;
    const std::string slot = "pci0000:00/0000:00:1d.0";
    machine.tree.add_bridge(slot, "16");
    machine.tree.add_bridge(slot + "/0000:10:00.0", "17");
    machine.tree.add_bridge(slot + "/0000:10:00.0/0000:11:02.0", "26");
    machine.tree.add(slot + "/0000:10:00.0/0000:11:02.0/0000:1a:00.0", "0c0330", "8086", "15d4");
    // A virtual function may stand on the bus after its card's.
    machine.tree.add(slot + "/0000:10:00.0/0000:11:02.0/0000:1b:10.1", "020000", "8086", "10ed");
    machine.tree.add("pci0000:80/0000:80:01.0", "010802", "144d", "a808");
    machine.tree.add_bridge("pci0001:00/0001:00:01.0", "1");
    machine.tree.add("pci0001:00/0001:00:01.0/0001:01:00.0", "030000", "10de", "1b80");
    CHECK(machine.ports() ==
          std::vector<std::string>{"0001:00:01.0 0001_00_01.0", "0001:01:00.0 0001_00_01.0-00_00.0",
                                   "0000:00:1d.0 00_1d.0", "0000:10:00.0 00_1d.0-00_00.0",
                                   "0000:11:02.0 00_1d.0-00_00.0-00_02.0",
                                   "0000:1a:00.0 00_1d.0-00_00.0-00_02.0-00_00.0",
                                   "0000:1b:10.1 00_1d.0-00_00.0-00_02.0-01_10.1",
                                   "0000:80:01.0 80_01.0"});
    const PciBus bus = machine.read();
    for (const PciDevice& device : bus.devices()) {
        CHECK(bus.find(device.port) == &device);
        CHECK(bus.find(PciPort::flat(device.address)) == &device);
    }
}

TEST_CASE("PCI bus: a port is an address, or leads to one over bridges, or nowhere", "[device]")
{
    const Machine machine;
    const std::string slot = "pci0000:00/0000:00:1c.4";
    machine.tree.add_bridge(slot, "3");
    machine.tree.add(slot + "/0000:03:00.0", "020000", "10ec", "8168");
    machine.tree.add_bridge(slot + "/0000:03:01.0", "32");
    machine.tree.add(slot + "/0000:03:01.0/0000:20:00.7", "030000", "10de", "1b80");
    machine.tree.add(slot + "/0000:04:00.0", "020000", "8086", "10ed");
    machine.tree.add_bridge("pci0001:00/0001:00:1c.4", "255");
    machine.tree.add("pci0001:00/0001:00:1c.4/0001:ff:00.0", "020000", "8086", "10d3");
    machine.tree.add("pci0001:a0/0001:a0:00.0", "040300", "8086", "a348");
    machine.tree.add("pci0000:00/0000:00:1f.3", "040300", "8086", "a348");
    const PciBus bus = machine.read();
    for (const auto& [port, address] : {std::pair{"00_1f.3", "0000:00:1f.3"},
                                        {"0001_a0_00.0", "0001:a0:00.0"},
                                        {"00_1c.4-00_00.0", "0000:03:00.0"},
                                        {"00_1c.4-01_00.0", "0000:04:00.0"},
                                        {"00_1c.4-00_01.0-00_00.7", "0000:20:00.7"},
                                        {"0001_00_1c.4-00_00.0", "0001:ff:00.0"}}) {
        INFO(port);
        const PciDevice* device = find(bus, port);
        REQUIRE(device != nullptr);
        CHECK(device->address.text() == address);
    }
    CHECK(find(bus, "20_00.7")->is_display());
    CHECK(!find(bus, "00_1f.3")->is_display());
    for (const char* port : {"00_1f.4", "a0_00.0", "00_1f.3-00_00.0", "00_1d.0-00_00.0",
                             "0001_00_1c.4-01_00.0", "00_1c.4-00_00.0-00_00.0"}) {
        INFO(port);
        CHECK(find(bus, port) == nullptr);
    }
}

TEST_CASE("PCI bus: a way that is longer than a port may be, or broken, gives the flat form",
          "[device]")
{
    const Machine machine;
    std::string way = "pci0000:00";
    for (int depth = 0; depth < 8; ++depth) {
        way += "/0000:0" + std::to_string(depth) + ":00.0";
        machine.tree.add_bridge(way, std::to_string(depth + 1));
    }
    machine.tree.add(way + "/0000:08:00.0", "010802", "144d", "a808");
    const std::string broken = "pci0000:40/0000:40:01.0"; // says nothing of the bus behind it
    machine.tree.add(broken, "060400", "8086", "a33e");
    machine.tree.add(broken + "/0000:41:00.0", "020000", "8086", "10d3");
    const std::string odd = "pci0000:50/0000:50:01.0"; // says a bus that is not there
    machine.tree.add_bridge(odd, "99");
    machine.tree.add(odd + "/0000:51:00.0", "020000", "8086", "10d3");
    const std::string off = "pci0000:60/0000:60:01.0";
    machine.tree.add_bridge(off, "0x61");
    machine.tree.add(off + "/0000:61:00.0", "020000", "8086", "10d3");
    const auto ports = machine.ports();
    for (const char* row : {"0000:07:00.0 00_00.0-00_00.0-00_00.0-00_00.0-00_00.0-00_00.0-00_00.0-"
                            "00_00.0",
                            "0000:08:00.0 08_00.0", "0000:41:00.0 41_00.0", "0000:51:00.0 51_00.0",
                            "0000:61:00.0 61_00.0"}) {
        INFO(row);
        CHECK(std::ranges::find(ports, row) != ports.end());
    }
}

TEST_CASE("PCI bus: what is no device is left out", "[device]")
{
    const Machine machine;
    machine.tree.add("pci0000:00/0000:00:02.0", "030000", "8086", "3e9b");
    machine.tree.add("pci0000:00/10000:e0:06.0", "060400", "8086", "a33e"); // a disk's own domain
    machine.tree.add("pci0000:00/0000:00:03.0", "30000", "8086", "3e9b");
    machine.tree.add("pci0000:00/0000:00:04.0", "030000", "8086 ", "3e9b");
    machine.tree.add("pci0000:00/0000:00:05.0", "030000", "8086", std::string(100, 'a'));
    machine.tree.add("pci0000:00/0000:00:06.0", "030000", "8086", "3e9b");
    fs::remove(machine.tree.sysfs() + "/devices/pci0000:00/0000:00:06.0/vendor"); // it is going
    fs::create_symlink("../../../devices/pci0000:00/0000:00:07.0",
                       machine.tree.bus() / "0000:00:07.0"); // it has gone
    CHECK(machine.ports() == std::vector<std::string>{"0000:00:02.0 00_02.0"});
}

TEST_CASE("PCI bus: a machine without PCI has no devices", "[device]")
{
    const Root place;
    const std::string sysfs = place.make_way("/sys");
    CHECK(PciBus::read(sysfs).devices().empty());
    CHECK(pci_directories(sysfs) == std::vector<std::string>{sysfs + "/bus/pci/devices/"});
    place.write("/sys/bus/pci", "a file");
    CHECK(failure_of([&] { static_cast<void>(PciBus::read(sysfs)); }) == Failure::failed);
}

TEST_CASE("PCI bus: where its links lead to is known", "[device]")
{
    const Machine machine;
    machine.tree.add_bridge("pci0000:00/0000:00:1c.4", "2");
    machine.tree.add("pci0000:00/0000:00:1c.4/0000:02:00.0", "020000", "10ec", "8168");
    machine.tree.add("pci0000:80/0000:80:01.0", "010802", "144d", "a808");
    machine.tree.add("platform/40000000.pcie/pci0001:00/0001:00:00.0", "020000", "10ec", "8168");
    std::vector<std::string> real;
    for (const std::string& directory : pci_directories(machine.tree.sysfs()))
        real.push_back(
            fs::canonical(directory).lexically_relative(fs::canonical(machine.tree.sysfs())));
    std::ranges::sort(real);
    CHECK(real == std::vector<std::string>{"bus/pci/devices", "devices/pci0000:00",
                                           "devices/pci0000:80",
                                           "devices/platform/40000000.pcie/pci0001:00"});
}
