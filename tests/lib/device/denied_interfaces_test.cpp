// SPDX-License-Identifier: GPL-2.0-or-later

#include "device/denied_interfaces.hpp"
#include "support/catch.hpp"

using namespace qmgmt;

TEST_CASE("denied devices: a pattern stands for all that fit it (firewall-devices.md V38)",
          "[device]")
{
    CHECK(is_denied("u03****", "u030101"));
    CHECK(is_denied("b******u03****", "u080650u030101"));
    CHECK(is_denied("*******", "m000000"));
    CHECK(is_denied("b12****", "b******")); // it leaves open what it is
    CHECK_FALSE(is_denied("", "u030101"));
    CHECK_FALSE(is_denied("", ""));
    CHECK_FALSE(is_denied("u03****", "u080650"));
    CHECK_FALSE(is_denied("p03****", "u030101"));
    CHECK_FALSE(is_denied("u030101", "u030102"));
}

TEST_CASE("denied devices: of what nobody knows, nothing is had where anything is denied",
          "[device]")
{
    for (const char* const unknown : {"", "?******", "u080650?******", "u03010", "u080650u"}) {
        INFO(unknown);
        CHECK(is_denied("p040300", unknown));
        CHECK_FALSE(is_denied("", unknown));
    }
}
