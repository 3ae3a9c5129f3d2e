// SPDX-License-Identifier: GPL-2.0-or-later

#include "device/device_choice.hpp"
#include "support/catch.hpp"
#include "support/failure_of.hpp"

#include <string>

using namespace qmgmt;
using namespace qmgmt::test;

TEST_CASE("device choice: nothing, a port, or a qube and a port", "[device]")
{
    CHECK(!DeviceChoice::parse(""));

    const auto port = DeviceChoice::parse("00_1c.4-00_00.0");
    REQUIRE(port);
    CHECK(!port->backend);
    CHECK(port->port.text() == "00_1c.4-00_00.0");

    const auto whole = DeviceChoice::parse("sys-usb+2-1.4");
    REQUIRE(whole);
    REQUIRE(whole->backend);
    CHECK(whole->backend->text() == "sys-usb");
    CHECK(whole->port.text() == "2-1.4");
}

TEST_CASE("device choice: anything else is refused", "[device]")
{
    const std::string longest(64, 'p');
    CHECK(DeviceChoice::parse(longest)->port.text() == longest);
    for (const std::string& text :
         {longest + "p", std::string{"+"}, std::string{"+sda"}, std::string{"sys-usb+"},
          std::string{"1sys+sda"}, std::string{"none+sda"}, std::string{"work-dm+sda"},
          std::string{"a+b+c"}, std::string{"sda "}, std::string{"s/a"}, std::string{"s:a"},
          std::string{"sys-usb+s\0a", 11}, std::string{"sys-usb+s\xe9"}}) {
        INFO(text);
        CHECK(failure_of([&] { static_cast<void>(DeviceChoice::parse(text)); }) ==
              Failure::protocol);
    }
}
