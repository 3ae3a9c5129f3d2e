// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a qube says of its USB devices, and what is made of it: firewall-devices.md 2.10, V26, V27.

#include "device/usb/port.hpp"
#include "device/usb/table.hpp"
#include "support/catch.hpp"

using namespace qmgmt;

namespace {

using Table = std::map<std::string, std::string, std::less<>>;

const std::string top = "/qubes-usb-devices/";

// One that is alone in its table.
UsbDevice only(Table table)
{
    const auto devices = usb_devices(table, "sys-usb");
    REQUIRE(devices.size() == 1);
    return devices.front();
}

UsbDevice described(const std::string& text)
{
    return only({{top + "2-1", ""}, {top + "2-1/desc", text}});
}

} // namespace

TEST_CASE("firewall-devices.md V26: the port of a USB device has dots where its key has _",
          "[device]")
{
    CHECK(only({{top + "2-1_4", ""}}).port == "2-1.4");
    CHECK(only({{top + "2-1_4/desc", "x"}}).port == "2-1.4");
    CHECK(usb_port_of_key("1-0").value() == "1-0");
    CHECK(usb_port_of_key("10-12_3_4").value() == "10-12.3.4");
    CHECK(is_usb_port("2-1.4"));
    CHECK_FALSE(is_usb_port("2-1_4"));
    const std::string lengthy = "2-1" + std::string(61, '1');
    CHECK(usb_port_of_key(lengthy));
    CHECK_FALSE(usb_port_of_key(lengthy + "1"));
    for (const std::string_view text :
         {"", "2", "2-", "-1", "2-1.4", "2-1_", "2-1__4", "2-1_4_", "a-1", "2-1a", "2 1", "2-1\n",
          "../2-1", "2-1-3", "usb1", " 2-1", "2-1 "}) {
        INFO(text);
        CHECK_FALSE(usb_port_of_key(text));
    }
}

TEST_CASE("firewall-devices.md V27: whom a USB device is connected to is the name of a qube",
          "[device]")
{
    const auto user = [](const std::string& text) {
        return only({{top + "2-1", ""}, {top + "2-1/connected-to", text}}).connected_to;
    };
    CHECK(user("work") == "work");
    for (const char* const text :
         {"", "../etc", "work ", "work\n", "none", "Domain-0", "wo rk", "-work", "work-dm",
          "a23456789012345678901234567890123", "\xff"}) {
        INFO(text);
        CHECK(user(text).empty());
    }
}

TEST_CASE("USB devices: what a description says", "[device]")
{
    const UsbDevice stick = described("0951:1666 Kingston DataTraveler_3.0 1C6F654E59A1");
    CHECK(stick.hardware == HardwareId{0x0951, 0x1666});
    CHECK(stick.manufacturer == "Kingston");
    CHECK(stick.name == "DataTraveler 3.0");
    CHECK(stick.serial == "1C6F654E59A1");
    CHECK(stick.id() == "0951:1666:1C6F654E59A1:?******");

    const UsbDevice nameless = described("0951:1666   ");
    CHECK(nameless.hardware == HardwareId{0x0951, 0x1666});
    CHECK(nameless.manufacturer.empty());
    CHECK(nameless.serial.empty());
    CHECK(nameless.id() == "0951:1666::?******");

    const UsbDevice escaped = described("0951:1666 A\\x26B caf\\xc3\\xa9 \\x27;\\x0a\\xzz");
    CHECK(escaped.manufacturer == "A&B");
    CHECK(escaped.name == "caf");
    CHECK(escaped.serial == "'; \\xzz");
    CHECK(escaped.id() == "0951:1666:____xzz:?******");
}

TEST_CASE("USB devices: a description of another shape is a name", "[device]")
{
    for (const std::string text :
         {"", "0951:1666", "0951:1666 a b", "0951:1666 a b c d", "951:1666 a b c",
          "0951-1666 a b c", "0951:166g a b c", "0951:16666 a b c", "+951:1666 a b c",
          " 0951:1666 a b c", "no device at all"}) {
        INFO(text);
        const UsbDevice device = described(text);
        CHECK_FALSE(device.hardware);
        CHECK(device.manufacturer.empty());
        CHECK(device.serial.empty());
        CHECK(device.id() == "0000:0000::?******");
    }
    CHECK(described("Acme_Key (stick)").name == "Acme Key (stick)");
    CHECK(described(std::string(100'000, 'x')).name.size() == 255);
    CHECK(described("a\x1b[2J\nb").name == "a [2J b");
}

TEST_CASE("USB devices: interfaces are six digits each, all else is unknown", "[device]")
{
    const auto interfaces = [](const std::string& text) {
        return only({{top + "2-1", ""}, {top + "2-1/interfaces", text}}).all_interfaces();
    };
    CHECK(interfaces("080650") == "u080650");
    CHECK(interfaces("080650:030101") == "u080650u030101");
    CHECK(interfaces("") == "?******");
    CHECK(interfaces("030101:") == "u030101");
    for (const char* const text : {":", "08065", "0806500", "08065g", "0x0806", "******"}) {
        INFO(text);
        CHECK(interfaces(text) == "?******");
    }
    CHECK(interfaces("080650:'") == "u080650?******");
    std::string many;
    for (int i = 0; i < 1000; ++i)
        many += "030101:";
    CHECK(interfaces(many).size() == 33 * 7);
    CHECK(interfaces(many).ends_with("u030101?******"));
}

TEST_CASE("USB devices: what is none is left out, and there is an end to them", "[device]")
{
    const Table table{
        {"/qubes-usb-device/2-1", ""}, {"/qubes-usb-devices", ""}, {"/qubes-usb-devices/", ""},
        {top + "../2-1", ""},          {top + "2-1-3/desc", ""},   {top + "2-1", ""},
        {top + "2-1/desc", "x"},       {top + "1-1_2/", ""},       {"/qubes-usb-devicesx/3-1", ""}};
    const auto devices = usb_devices(table, "sys-usb");
    REQUIRE(devices.size() == 2);
    CHECK(devices[0].port == "1-1.2");
    CHECK(devices[1].port == "2-1");
    CHECK(devices[1].name == "x");

    Table full;
    for (int i = 0; i < 5000; ++i)
        full.emplace(top + "2-" + std::to_string(i), "");
    CHECK(usb_devices(full, "sys-usb").size() == most_usb_devices);
}
