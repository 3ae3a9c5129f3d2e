// SPDX-License-Identifier: GPL-2.0-or-later

#include "device/exposed_device.hpp"
#include "support/catch.hpp"

using namespace qmgmt;

TEST_CASE("exposed device: what is not known is left out of a row", "[device]")
{
    const ExposedDevice device{.backend = "dom0",
                               .klass = "pci",
                               .port = "00_1f.3",
                               .id = "0x8086:0xa348::p040300",
                               .interfaces = "p040300",
                               .data = {{"sbdf", "0000:00:1f.3"}}};
    CHECK(device_token(device) == "dom0+00_1f.3");
    CHECK(framed_row(device) ==
          "00_1f.3:0x8086:0xa348::p040300 device_id='0x8086:0xa348::p040300' port_id='00_1f.3' "
          "devclass='pci' backend_domain='dom0' interfaces='p040300' _sbdf='0000:00:1f.3'");
}

TEST_CASE("exposed device: the order of a row (firewall-devices.md 2.4, V20)", "[device]")
{
    const ExposedDevice device{.backend = "sys-usb",
                               .klass = "block",
                               .port = "sda",
                               .id = "0951:1666:ABC:u080650:1.0",
                               .vendor = "Kingston",
                               .product = "Traveler",
                               .manufacturer = "hosted by sys-usb",
                               .name = "stick",
                               .serial = "Acme Key",
                               .attachment = "work",
                               .interfaces = "b******",
                               .parent = ExposedDevice::Parent{"2-1", "usb"},
                               .data = {{"mode", "w"}, {"size", "8388608"}}};
    CHECK(framed_row(device) ==
          "sda:0951:1666:ABC:u080650:1.0 device_id='0951:1666:ABC:u080650:1.0' port_id='sda' "
          "devclass='block' backend_domain='sys-usb' vendor='Kingston' product='Traveler' "
          "manufacturer='hosted by sys-usb' name='stick' serial='Acme Key' attachment='work' "
          "interfaces='b******' parent_port_id='2-1' parent_devclass='usb' _mode='w' "
          "_size='8388608'");
}

TEST_CASE("exposed device: no value gets out of its quotes or its row (firewall-devices.md V23)",
          "[device]")
{
    const auto name = [](std::string text) {
        const ExposedDevice device{
            .backend = "b", .klass = "usb", .port = "p", .id = "i", .name = std::move(text)};
        const std::string row = framed_row(device);
        const auto at = row.find(" name=") + 6;
        return row.substr(at, row.find(" interfaces=") - at);
    };
    CHECK(name("it's") == R"('it\'s')");
    CHECK(name(R"(end\)") == "'end_'");
    CHECK(name(R"(\' x='y)") == R"('_\' x=\'y')");
    CHECK(name("two\nlines\x7f caf\xc3\xa9") == "'two_lines_ caf__'");
}
