// SPDX-License-Identifier: GPL-2.0-or-later

#include "device/device_argument.hpp"
#include "support/catch.hpp"
#include "support/failure_of.hpp"

using namespace qmgmt;
using qmgmt::test::failure_of;

namespace {

std::string summary(const DeviceArgument& device)
{
    return (device.backend ? device.backend->text() : "any") + " " +
           (device.port ? device.port->text() : "any") + " " + device.id.value_or("any");
}

std::string admin(std::string_view text)
{
    return summary(DeviceArgument::parse_admin(text));
}

} // namespace

TEST_CASE("firewall-devices.md V21 V22: the argument of today's clients", "[device]")
{
    CHECK(admin("sys-usb+2-1.4+0951+1666++u080650") == "sys-usb 2-1.4 0951:1666::u080650");
    CHECK(admin("sys-usb+_+0951+1666++u080650") == "sys-usb any 0951:1666::u080650");
    CHECK(admin("_+sda+_") == "any sda any");
    CHECK(admin("sys-usb+sda") == "sys-usb sda any");
    CHECK(admin("sys-usb+sda+") == "sys-usb sda any");
    CHECK(admin("sys-usb+sda++None") == "sys-usb sda :None");
    CHECK(admin("sys-usb+2-1+0000+0000++_______") == "sys-usb 2-1 0000:0000::?******");
    CHECK(admin("sys-usb+2-1+0000+0000++______________") ==
          "sys-usb 2-1 0000:0000::?******?******");
}

TEST_CASE("device argument: what is malformed is refused", "[device]")
{
    for (const char* const bad : {"", "+", "sys-usb", "sys-usb+", "+sda", "2usb+sda", "sys-usb++a",
                                  "none+sda", "a b+sda", "sys-usb+s/da"}) {
        INFO(bad);
        CHECK(failure_of([&] { DeviceArgument::parse_admin(bad); }) == Failure::protocol);
        CHECK(failure_of([&] { DeviceArgument::parse(bad); }) == Failure::protocol);
    }
    CHECK(failure_of([] { DeviceArgument::parse_admin("a+b+" + std::string(513, 'x')); }) ==
          Failure::protocol);
}

TEST_CASE("firewall-devices.md V40: the draft's argument is a qube and a port", "[device]")
{
    CHECK(summary(DeviceArgument::parse("sys-usb+sda")) == "sys-usb sda any");
    for (const char* const bad : {"sda", "sys-usb+sda+x", "_+sda"}) {
        INFO(bad);
        CHECK(failure_of([&] { DeviceArgument::parse(bad); }) == Failure::protocol);
    }
    // A port may be called so.
    CHECK(summary(DeviceArgument::parse("sys-usb+_")) == "sys-usb _ any");
}

TEST_CASE("device argument: what is not said is any", "[device]")
{
    const auto any_port = DeviceArgument::parse_admin("sys-usb+_+a");
    CHECK(any_port.means("sys-usb", "sda", "a"));
    CHECK_FALSE(any_port.means("sys-usb", "sda", "b"));
    CHECK_FALSE(any_port.means("sys-net", "sda", "a"));
    CHECK(DeviceArgument::parse_admin("_+sda").means("x", "sda", "y"));
    CHECK_FALSE(DeviceArgument::parse_admin("_+sda").means("x", "sdb", "y"));
}
