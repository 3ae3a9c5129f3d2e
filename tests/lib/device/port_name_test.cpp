// SPDX-License-Identifier: GPL-2.0-or-later

#include "device/port_name.hpp"
#include "support/catch.hpp"
#include "support/failure_of.hpp"

#include <string>

using namespace qmgmt;
using namespace qmgmt::test;

TEST_CASE("port name: letters, digits, dots, hyphens and underscores, at most 64", "[device]")
{
    for (const std::string& text : {std::string{"2-1.4"}, std::string{"00_1c.4-00_00.0"},
                                    std::string{"Mic"}, std::string(64, 'p')}) {
        INFO(text);
        CHECK(PortName::fits(text));
        CHECK(PortName::parse(text).text() == text);
    }
    for (const std::string& text :
         {std::string{}, std::string{"*"}, std::string{"a/b"}, std::string{"a+b"},
          std::string{"a\0b", 3}, std::string{"a\n"}, std::string{"\xe9"}, std::string(65, 'p')}) {
        INFO(text);
        CHECK(!PortName::fits(text));
        CHECK(failure_of([&] { static_cast<void>(PortName::parse(text)); }) == Failure::protocol);
    }
}
