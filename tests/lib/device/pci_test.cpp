// SPDX-License-Identifier: GPL-2.0-or-later

#include "device/pci.hpp"
#include "support/catch.hpp"

#include <filesystem>
#include <fstream>
#include <ostream>
#include <stdexcept>
#include <stdlib.h>

namespace qmgmt {

static std::ostream& operator<<(std::ostream& out, const PciAddress& address)
{
    return out << address.domain << ":" << address.bus << ":" << address.slot << "."
               << address.function;
}

} // namespace qmgmt

using namespace qmgmt;

namespace {

namespace fs = std::filesystem;

// A machine with a bridge to bus 3, on which another leads to bus 0x20.
class Machine {
public:
    Machine()
    {
        std::string name = fs::temp_directory_path() / "pci-XXXXXX";
        if (::mkdtemp(name.data()) == nullptr)
            throw std::runtime_error{"no scratch directory"};
        path = name;
        add("0000:00:1c.4", "secondary_bus_number", "3\n");
        add("0000:03:01.0", "secondary_bus_number", "32\n");
        add("0000:20:00.7", "class", "0x030000\n");
        add("0001:00:1c.4", "secondary_bus_number", "255\n");
        add("0000:00:1f.3", "class", "0x040300\n");
    }
    Machine(const Machine&) = delete;
    Machine& operator=(const Machine&) = delete;
    ~Machine() { fs::remove_all(path); }

    std::string path;

private:
    void add(const std::string& device, const std::string& file, const std::string& content) const
    {
        fs::create_directories(path + "/" + device);
        std::ofstream{path + "/" + device + "/" + file} << content;
    }
};

} // namespace

TEST_CASE("pci: a port is an address, or leads to one over bridges")
{
    const Machine machine;
    const PciTree host{machine.path};
    CHECK(host.find("00_1f.3") == PciAddress{0, 0, 0x1f, 3});
    CHECK(host.find("a0_00.0") == PciAddress{0, 0xa0, 0, 0});
    CHECK(host.find("0001_a0_00.0") == PciAddress{1, 0xa0, 0, 0});
    CHECK(host.find("00_1c.4-00_00.0") == PciAddress{0, 3, 0, 0});
    CHECK(host.find("00_1c.4-01_00.0") == PciAddress{0, 4, 0, 0});
    CHECK(host.find("00_1c.4-00_01.0-00_00.7") == PciAddress{0, 0x20, 0, 7});
    CHECK(host.find("0001_00_1c.4-00_00.0") == PciAddress{1, 255, 0, 0});
}

TEST_CASE("pci: what is no port, or leads nowhere, is none")
{
    const Machine machine;
    const PciTree host{machine.path};
    for (const char* const bad :
         {"", "*", "00:1f.3", "0_1f.3", "00_1f", "00_1f.8", "00_20.0", "00_1f.3x", "00_1f.3-",
          "-00_1f.3", "0x_1f.3", "+1_1f.3", "00001_00_1f.3", "00_1f.3-00_00.0", "00_1d.0-00_00.0",
          "0001_00_1c.4-01_00.0", "00_1c.4-00_00.0-00_00.0", "00_1c.4_00_00.0", "../0_1f.3"}) {
        INFO(bad);
        CHECK(!host.find(bad));
    }
    CHECK(!host.find(std::string(65, '0')));
}

TEST_CASE(
    "pci: the host says what is there and what is a display; one that says nothing misses none")
{
    const Machine machine;
    const PciTree host{machine.path};
    CHECK(!host.is_missing({0, 0, 0x1f, 3}));
    CHECK(host.is_missing({0, 0, 0x1f, 4}));
    CHECK(host.is_display({0, 0x20, 0, 7}));
    CHECK(!host.is_display({0, 0, 0x1f, 3}));
    const PciTree silent{machine.path + "/nothing"};
    CHECK(!silent.is_missing({0, 0, 0x1f, 4}));
    CHECK(!silent.is_display({0, 0x20, 0, 7}));
}

TEST_CASE("pci: an identity names the interfaces of its device")
{
    CHECK(is_display("0x8086:0xa348::p030000"));
    CHECK(is_display("0x8086:0xa348:serial:p040300p030200"));
    for (const char* const other : {"", "*", "p030000", "0x8086:0xa348::p040300", "a:b::xp03000",
                                    "a:b::p03", "p030000:b::p040300", "0000:0000::?******"}) {
        INFO(other);
        CHECK(!is_display(other));
    }
}
