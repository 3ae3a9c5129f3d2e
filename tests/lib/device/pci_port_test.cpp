// SPDX-License-Identifier: GPL-2.0-or-later

#include "device/hex.hpp"
#include "device/pci/port.hpp"
#include "support/catch.hpp"

#include <string>

using namespace qmgmt;

TEST_CASE("hex: a fixed width, lower case", "[device]")
{
    CHECK(parse_hex("00ff", 4) == 0xffU);
    CHECK(parse_hex("ffffffff", 8) == 0xffffffffU);
    for (const char* text : {"", "0ff", "000ff", "00FF", "0x0f", "-0ff", " 0ff", "00fg"})
        CHECK(!parse_hex(text, 4));
    CHECK(!parse_hex("", 0));
    CHECK(!parse_hex("123456789", 9));
    CHECK(hex(0x1f, 2) == "1f");
    CHECK(hex(0, 4) == "0000");
    CHECK(hex(0xa348, 4) == "a348");
    CHECK(hex(0x12345, 4) == "2345");
}

TEST_CASE("PCI address: there and back", "[device]")
{
    const auto address = PciAddress::parse("00a1:02:1f.7");
    REQUIRE(address);
    CHECK(*address == PciAddress{0xa1, 2, 0x1f, 7});
    CHECK(address->text() == "00a1:02:1f.7");
    for (const char* text :
         {"", "00:1f.3", "10000:00:1f.3", "0000:00:20.0", "0000:00:1f.8", "0000:00:1F.3",
          "0000_00_1f.3", "0000:00:1f:3", "0000:00:1f.3 ", "0000:00:1f.33", "0000:00:1g.3"}) {
        INFO(text);
        CHECK(!PciAddress::parse(text));
    }
}

TEST_CASE("PCI port: both forms, there and back", "[device]")
{
    for (const char* text :
         {"00_1f.3", "80_00.0", "0001_00_1f.3", "00_1c.4-00_00.0", "ffff_00_1c.4-01_1f.7-00_00.0",
          "00_01.0-00_00.0-00_00.0-00_00.0-00_00.0-00_00.0-00_00.0-00_00.0"}) {
        INFO(text);
        const auto port = PciPort::parse(text);
        REQUIRE(port);
        CHECK(port->text() == text);
    }
    CHECK(PciPort::flat({0, 2, 0, 1}).text() == "02_00.1");
    CHECK(PciPort::flat({0x10, 2, 0x1f, 1}).text() == "0010_02_1f.1");
    CHECK(PciPort::path(0, {{0, 0x1c, 4}, {0, 0, 0}})->text() == "00_1c.4-00_00.0");
    CHECK(!PciPort::path(0, {}));
    // The segment 0000 may be said.
    CHECK(PciPort::parse("0000_00_1f.3") == PciPort::flat({0, 0, 0x1f, 3}));
    CHECK(PciPort::parse("0000_00_1f.3")->text() == "00_1f.3");
}

TEST_CASE("PCI port: what is none", "[device]")
{
    for (const char* text :
         {"", "-", "00_1f", "00_1f.3-", "-00_1f.3", "00_1f.3--00_00.0", "00_1f.3_00_00.0",
          "00:1f.3", "0_1f.3", "00_1f.33", "00_20.0", "00_1f.8", "00_1F.3", "0001_", "0001",
          "001_00_1f.3", "00_1c.4-0001_00_00.0", "g000_00_1f.3", "00_1f.3 ", "*", "00_1f.3x",
          "0x_1f.3", "+1_1f.3", "00001_00_1f.3", "00_1c.4_00_00.0", "../0_1f.3",
          // longer than a port may be
          "0001_00_01.0-00_00.0-00_00.0-00_00.0-00_00.0-00_00.0-00_00.0-00_00.0",
          "00_01.0-00_00.0-00_00.0-00_00.0-00_00.0-00_00.0-00_00.0-00_00.0-00_00.0"}) {
        INFO(text);
        CHECK(!PciPort::parse(text));
    }
    CHECK(!PciPort::parse(std::string(65, '0')));
    CHECK(!PciPort::path(0, std::vector<PciHop>(9)));
    CHECK(!PciPort::path(1, std::vector<PciHop>(8)));
    CHECK(PciPort::path(0, std::vector<PciHop>(8)));
}
