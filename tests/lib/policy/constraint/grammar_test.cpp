// SPDX-License-Identifier: GPL-2.0-or-later

#include "policy/constraint/glob.hpp"
#include "support/catch.hpp"
#include "support/constraint_world.hpp"

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

// What is wrong with a text of one line; empty: nothing.
std::string fault_of(const std::string& text)
{
    const Constraints parsed = constraints(text);
    if (parsed.faults().empty())
        return "";
    CHECK(parsed.lines().empty());
    return parsed.faults().front().where();
}

const std::string at = "/etc/qubes/mgmt-constraints.d/10-test.conf:1: ";

} // namespace

TEST_CASE("constraints: every form of the grammar")
{
    for (const char* const line :
         {"",
          "# nothing",
          "   \t",
          "include-dom0",
          "include-dom0 # for all of the file",
          "a * * * allow",
          "a - b c deny",
          "mgmt.vm.Create.* * mgmtvm dom0 allow # why",
          "*\t*\t@anyvm\t@adminvm\tallow",
          "a * @tag:x-y @type:AppVM allow",
          "a * b @self allow",
          "a * @self b allow",
          "a sys-usb+* b uuid:5e2d8a34-8c0b-4d77-b0f4-6e3b1f8e0e04 allow",
          "a * b c value in x",
          "a * b c not value in x y",
          "a * b c arg in \"\"",
          "a * b c field pool:private in @none \"@none\" \"and\" \"a b\" \"#\"",
          "a * b c value in @tag:t @type:AppVM @none @default @self @current",
          "a * b c value between -5 5",
          "a * b c value between 0 0",
          "a * b c value match *x*",
          "a * b c value match \"a *\"",
          "a * b c value maxlen 0",
          "a * b c max-running 5",
          "a * b c max-qubes 0 and max-running 1 and value in x and arg match y*"})
        CHECK(fault_of(line).empty());
}

TEST_CASE("constraints: what is no line says why")
{
    const auto says = [](const std::string& line, const std::string& why) {
        CHECK(fault_of(line) == at + why);
    };
    says("a * b c", "a line is: call, argument, source, destination, verdict");
    says("allow", "a line is: call, argument, source, destination, verdict");
    says("a+b * b c allow", "not a call: 'a+b'");
    says("\"a\" * b c allow", "not a call: 'a'");
    says("a \"b\" b c allow", "an argument stands without quotes: 'b'");
    says("a * @default c allow", "not a source: '@default'");
    says("a * @dispvm:x c allow", "not a source: '@dispvm:x'");
    says("a * \"b\" c allow", "not a source: 'b'");
    says("a * b @dispvm allow", "not a destination: '@dispvm'");
    says("a * b $anyvm allow", "not a destination: '$anyvm'");
    says("a * b @tag: allow", "not a destination: '@tag:'");
    says("a * b c allow now", "a line ends before 'now'");
    says("a * b c deny and allow", "a line ends before 'and'");
    says("a * b c permit", "neither value, field nor arg: 'permit'");
    says("a * b c \"allow\"", "neither value, field nor arg: 'allow'");
    says("a * b c value", "what is demanded is missing: in, between, match, maxlen");
    says("a * b c not", "what is meant is missing: value, field, arg");
    says("a * b c not max-qubes 3", "neither value, field nor arg: 'max-qubes'");
    says("a * b c value is x", "neither in, between, match nor maxlen: 'is'");
    says("a * b c value in", "an item is missing");
    says("a * b c value in and arg in x", "an item is missing");
    says("a * b c value in x and", "a condition is missing");
    says("a * b c and value in x", "a condition is missing");
    says("a * b c value in x and allow", "neither value, field nor arg: 'allow'");
    says("a * b c value in @tags:x", "not an item, and not in quotes: '@tags:x'");
    says("a * b c value in @tag:", "not an item, and not in quotes: '@tag:'");
    says("a * b c value in @NONE", "not an item, and not in quotes: '@NONE'");
    says("a * b c field in x", "neither in, between, match nor maxlen: 'x'");
    says("a * b c field \"x\" in y", "not the name of a field: 'x'");
    says("a * b c not value between 1 2", "not stands before in alone");
    says("a * b c value between 1", "a number is missing");
    says("a * b c value between 1 x", "not a number: 'x'");
    says("a * b c value between 1 \"2\"", "not a number: '2'");
    says("a * b c value between 2 1",
         "nothing lies between these two: the smaller one comes first");
    says("a * b c value between 1 2 3", "a condition ends before '3'");
    says("a * b c value match", "a pattern is missing");
    says("a * b c value match a b", "a condition ends before 'b'");
    says("a * b c value maxlen -1", "not a number: '-1'");
    says("a * b c max-running five", "not a number: 'five'");
    says("a * b c max-qubes 99999999999999999999", "not a number: '99999999999999999999'");
    says("a * b dom0 max-running 5",
         "max-running counts the qubes that the destination means, and dom0 is none");
    says("a * b c value in \"x", "a quote does not end");
    says("a * b c value in \"x\"y", "a quote inside a word: 'x'");
    says("a * b c value in x\"y\"", "a quote inside a word: 'x\"y\"'");
    says("a * b c allow\r", "the line has a byte that is not printable ASCII");
    says("# \xc3\xa9", "the line has a byte that is not printable ASCII");
    says("#" + std::string(4096, 'x'), "the line is longer than 4096 bytes");
    says(std::string(300, 'x') + "+ * b c allow", "not a call: '" + std::string(40, 'x') + "'");
}

TEST_CASE("constraints: each fault has its line, and those without one stand")
{
    const Constraints parsed =
        Constraints::parse({{"/etc/a.conf", "a * * * allow\nb\n\nc * * * deny\nd * *\n"},
                            {"/etc/b.conf", "x", "it does not belong to root"},
                            {"/etc/c.conf", "e * * * deny"}});
    REQUIRE(parsed.faults().size() == 3);
    CHECK(parsed.faults()[0].where().starts_with("/etc/a.conf:2: "));
    CHECK(parsed.faults()[1].where().starts_with("/etc/a.conf:5: "));
    CHECK(parsed.faults()[2].file == "/etc/b.conf");
    CHECK(parsed.faults()[2].text == "it does not belong to root");
    REQUIRE(parsed.lines().size() == 3);
    CHECK(parsed.where(parsed.lines()[1]) == "/etc/a.conf:4");
    CHECK(parsed.where(parsed.lines()[2]) == "/etc/c.conf:1");
    CHECK(Constraints{}.empty());
    CHECK(Constraints::parse({}).empty());
}

TEST_CASE("constraints: patterns")
{
    CHECK(matches_glob("", ""));
    CHECK_FALSE(matches_glob("", "a"));
    for (const char* const text : {"", "a", "*", "a.b"})
        CHECK(matches_glob("*", text));
    CHECK(matches_glob("work-*", "work-"));
    CHECK(matches_glob("work-*", "work-a-b"));
    CHECK_FALSE(matches_glob("work-*", "work"));
    CHECK_FALSE(matches_glob("work-*", "a-work-"));
    CHECK(matches_glob("*-net", "sys-net"));
    CHECK_FALSE(matches_glob("*-net", "sys-net2"));
    CHECK(matches_glob("a*b*c", "aXbXbYc"));
    CHECK(matches_glob("a*b*c", "abc"));
    CHECK_FALSE(matches_glob("a*b*c", "acb"));
    CHECK(matches_glob("**a**", "a"));
    CHECK_FALSE(matches_glob("a?c", "abc"));
    CHECK_FALSE(matches_glob("a.c", "abc"));
    // However many stars: no more work than the product of both lengths.
    std::string many;
    for (int i = 0; i < 1000; ++i)
        many += "*a";
    CHECK_FALSE(matches_glob(many + "b", std::string(20'000, 'a')));
}
