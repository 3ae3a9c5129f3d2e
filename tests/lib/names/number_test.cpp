// SPDX-License-Identifier: GPL-2.0-or-later

#include "names/number.hpp"
#include "support/catch.hpp"

#include <limits>
#include <string>

using namespace qmgmt;

namespace {

const std::string with_nul{"1\0", 2};

} // namespace

TEST_CASE("number: a payload holds digits without a leading zero, up to 2^63-1", "[names]")
{
    CHECK(parse_decimal("0") == 0u);
    CHECK(parse_decimal("10") == 10u);
    CHECK(parse_decimal("9223372036854775807") == 9223372036854775807u);
    for (const std::string& text :
         {std::string{}, std::string{"00"}, std::string{"01"}, std::string{"+1"}, std::string{"-1"},
          std::string{" 1"}, std::string{"1 "}, std::string{"1\n"}, std::string{"1_0"},
          std::string{"0x1"}, std::string{"1e3"}, std::string{"\xd9\xa1"},
          std::string{"9223372036854775808"}, std::string{"10000000000000000000"},
          std::string(100'000, '1'), with_nul}) {
        INFO(text.substr(0, 30));
        CHECK_FALSE(parse_decimal(text));
    }
}

TEST_CASE("number: store.md 60 61 62: a property's integer may have a sign and leading zeros",
          "[names]")
{
    CHECK(parse_integer("4") == 4);
    CHECK(parse_integer("-2") == -2);
    CHECK(parse_integer("-0") == 0);
    CHECK(parse_integer("0000000000000000004") == 4);
    CHECK(parse_integer("9223372036854775807") == std::numeric_limits<std::int64_t>::max());
    CHECK(parse_integer("-9223372036854775808") == std::numeric_limits<std::int64_t>::min());
    for (const std::string& text :
         {std::string{}, std::string{"four"}, std::string{"-"}, std::string{"--1"},
          std::string{"+4"}, std::string{"1_000"}, std::string{" 4"}, std::string{"4\n"},
          std::string{"4.0"}, std::string{"9223372036854775808"},
          std::string{"-9223372036854775809"}, std::string(20, '0'), with_nul}) {
        INFO(text);
        CHECK_FALSE(parse_integer(text));
    }
}

TEST_CASE("number: store.md 53 54 55 56 57: eight words are booleans, in any case", "[names]")
{
    for (const std::string_view text : {"1", "yes", "true", "on", "TRUE", "True", "yEs", "ON"})
        CHECK(parse_boolean(text) == true);
    for (const std::string_view text : {"0", "no", "false", "off", "FALSE", "False", "nO", "OFF"})
        CHECK(parse_boolean(text) == false);
    for (const std::string_view text :
         {"", "maybe", "True\n", " true", "y", "n", "t", "2", "01", "truefalse", "tru\xe9"}) {
        INFO(text);
        CHECK_FALSE(parse_boolean(text));
    }
    CHECK_FALSE(parse_boolean(with_nul));
}
