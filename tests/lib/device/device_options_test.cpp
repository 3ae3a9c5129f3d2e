// SPDX-License-Identifier: GPL-2.0-or-later

#include "device/device_options.hpp"
#include "support/catch.hpp"
#include "support/failure_of.hpp"

using namespace qmgmt;
using qmgmt::test::failure_of;

TEST_CASE("device options: words are keys and values", "[device]")
{
    using Options = DeviceOptions;
    CHECK(parse_option_words("") == Options{});
    CHECK(parse_option_words("\n") == Options{});
    CHECK(parse_option_words("read-only=yes") == Options{{"read-only", "yes"}});
    CHECK(parse_option_words("  a=1  b_.-=x,y+z:0 \n") == Options{{"a", "1"}, {"b_.-", "x,y+z:0"}});
    CHECK(parse_option_words("a=") == Options{{"a", ""}});
}

TEST_CASE("device options: what is no such word is refused, and so is a key said twice", "[device]")
{
    for (const char* const bad : {"a", "=1", "a=1 a=1", "a=1\nb=2", "a=1\tb=2", "a=\"1\"", "a='1'",
                                  "a=b=c", "a=b/c", "a=\xc3\xa9", "a b=1", "a=1\n\n", "a;=1"}) {
        INFO(bad);
        CHECK(failure_of([&] { static_cast<void>(parse_option_words(bad)); }) == Failure::protocol);
    }
    for (const std::string& bad : {std::string("a=1\0", 4), std::string(65, 'a') + "=1"})
        CHECK(failure_of([&] { static_cast<void>(parse_option_words(bad)); }) == Failure::protocol);
    std::string many;
    for (int i = 0; i < 65; ++i)
        many += "k" + std::to_string(i) + "=1 ";
    CHECK(failure_of([&] { static_cast<void>(parse_option_words(many)); }) == Failure::protocol);
}

TEST_CASE("firewall-devices.md V23: quoted values, as today's clients send them", "[device]")
{
    using Options = DeviceOptions;
    CHECK(parse_serialised("") == Options{});
    CHECK(parse_serialised("name='it\\'s'") == Options{{"name", "it's"}});
    CHECK(parse_serialised("a='' _read-only='yes' c='x y=z \\ \"'") ==
          Options{{"a", ""}, {"_read-only", "yes"}, {"c", "x y=z \\ \""}});
    CHECK(parse_serialised(" a='1'   b='2' ") == Options{{"a", "1"}, {"b", "2"}});
    for (const char* const bad :
         {"a", "a=", "a='", "a=1", "a='1", "a='1\\'", "a='1'b='2'", "='1'", "a ='1'", "a= '1'",
          "a='1' a='2'", "a='\n'", "a='1'\n", "a='\xc3\xa9'", "a`='1'", "a\"='1'"}) {
        INFO(bad);
        CHECK(failure_of([&] { static_cast<void>(parse_serialised(bad)); }) == Failure::protocol);
    }
}

TEST_CASE("device options: a switch is a truth value", "[device]")
{
    CHECK(parse_switch("a", "yes"));
    CHECK(parse_switch("a", "True"));
    CHECK_FALSE(parse_switch("a", "off"));
    CHECK(failure_of([] { static_cast<void>(parse_switch("a", "maybe")); }) == Failure::bad_value);
    CHECK(failure_of([] { static_cast<void>(parse_switch("a", "")); }) == Failure::bad_value);
    DeviceOptions options{{"a", "1"}, {"b", "2"}};
    CHECK(take_option(options, "a") == "1");
    CHECK(take_option(options, "a") == std::nullopt);
    CHECK(option_of(options, "b") == "2");
}
