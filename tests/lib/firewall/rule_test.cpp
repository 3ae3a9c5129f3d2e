// SPDX-License-Identifier: GPL-2.0-or-later
//
// Rules as they are written: what comes of a line, and what is refused.

#include "firewall/rule.hpp"
#include "firewall/rule_lines.hpp"
#include "support/catch.hpp"
#include "support/failure_of.hpp"

#include <string>
#include <string_view>

using namespace qmgmt;
using qmgmt::test::failure_of;

namespace {

std::string canonical(std::string_view line)
{
    return Rule::parse(line).canonical();
}

void stays(std::string_view line)
{
    INFO(line);
    CHECK(canonical(line) == line);
}

void becomes(std::string_view line, std::string_view text)
{
    INFO(line);
    CHECK(canonical(line) == text);
    stays(text);
}

// What the refusal names.
std::string fault(std::string_view line)
{
    try {
        return "accepted: " + Rule::parse(line).canonical();
    } catch (const Error& error) {
        if (error.type() != failure::bad_value)
            return "another failure: " + error.text();
        return error.detail();
    }
}

Rule rule(std::string_view line)
{
    return Rule::parse(line);
}

} // namespace

TEST_CASE("firewall-devices.md R01 R02 R03 R04 R05: options find their order", "[firewall]")
{
    stays("action=accept");
    becomes("action=drop proto=tcp dstports=80", "action=drop proto=tcp dstports=80-80");
    becomes("dstports=1-1024 proto=udp action=accept", "action=accept proto=udp dstports=1-1024");
    becomes("action=accept dst4=192.0.2.1", "action=accept dst4=192.0.2.1/32");
    becomes("action=accept dsthost=2001:db8::3", "action=accept dst6=2001:db8::3/128");
}

TEST_CASE("firewall-devices.md R06 R07 R08 R09 R14 R15 R41: what is canonical stays", "[firewall]")
{
    stays("action=accept dst6=2001:db8::/64 proto=icmp icmptype=128");
    stays("action=accept dsthost=www.example.org proto=tcp dstports=443-443");
    stays("action=accept specialtarget=dns");
    becomes("action=drop specialtarget=dns proto=tcp", "action=drop proto=tcp specialtarget=dns");
    stays("action=accept dst4=0.0.0.0/0");
    stays("action=accept dst4=192.0.2.77/24");
    becomes("action=accept proto=tcp dstports=0", "action=accept proto=tcp dstports=0-0");
}

TEST_CASE("firewall-devices.md R10 R11 R12 R13: the comment is the rest of the line", "[firewall]")
{
    becomes("action=accept proto=tcp expire=1893456000 comment=two words, ok",
            "action=accept expire=1893456000 proto=tcp comment=two words, ok");
    becomes("action=accept comment=", "action=accept");
    CHECK(fault("action=accept comment=a comment=b") == "comment");
    CHECK(fault("comment=x action=drop") == "comment");
    CHECK(fault("comment=x") == "action");
    stays("action=accept comment= [a]:;,./_-  ");
    CHECK(canonical("action=accept comment=" + std::string(512, 'c')).size() == 13 + 9 + 512);
    CHECK(fault("action=accept comment=" + std::string(513, 'c')) == "comment");
    CHECK(fault("action=accept comment=a\tb") == "comment");
}

TEST_CASE("firewall-devices.md R16 R17: a destination is what it looks like", "[firewall]")
{
    becomes("action=accept dstname=a.example", "action=accept dsthost=a.example");
    becomes("action=accept dst4=2001:db8::1", "action=accept dst6=2001:db8::1/128");
    becomes("action=accept dst6=192.0.2.1/8", "action=accept dst4=192.0.2.1/8");
    becomes("action=accept dsthost=192.0.2.0/24", "action=accept dst4=192.0.2.0/24");
    stays("action=accept dst6=2001:0DB8::1/128"); // as given
    stays("action=accept dst6=::ffff:192.0.2.1/128");
}

TEST_CASE("firewall-devices.md R18 R19 R20 R21 R22 R23 R24 R36 R38 R39 R42: options and what they "
          "need",
          "[firewall]")
{
    CHECK(fault("proto=tcp") == "action");
    CHECK(fault("action=reject") == "action");
    CHECK(fault("action=accept dstports=80") == "dstports");
    CHECK(fault("action=accept proto=icmp dstports=80") == "dstports");
    CHECK(fault("action=accept proto=tcp icmptype=8") == "icmptype");
    CHECK(fault("action=accept icmptype=8") == "icmptype");
    CHECK(fault("action=accept proto=icmp icmptype=256") == "icmptype");
    CHECK(fault("action=accept proto=icmp icmptype=0008") == "icmptype");
    becomes("action=accept proto=icmp icmptype=008", "action=accept proto=icmp icmptype=8");
    CHECK(fault("action=accept action=drop") == "action");
    CHECK(fault("action=accept dpi=HTTP") == "unknown option");
    CHECK(fault("action=accept expire=-5") == "expire");
    CHECK(fault("action=accept proto=TCP") == "proto");
    CHECK(fault("action=accept specialtarget=ntp") == "specialtarget");
    CHECK(fault("action=accept proto=") == "proto");
}

TEST_CASE("firewall-devices.md R25 R26 R27: ports", "[firewall]")
{
    for (const std::string_view ports :
         {"100-20", "65536", "1-2-3", "", "-", "1-", "-1", "+1", "1_0", "000080", "1-65536", "a"}) {
        INFO(ports);
        CHECK(fault("action=accept proto=tcp dstports=" + std::string{ports}) == "dstports");
    }
    becomes("action=accept proto=tcp dstports=0-65535", "action=accept proto=tcp dstports=0-65535");
    becomes("action=accept proto=udp dstports=0053", "action=accept proto=udp dstports=53-53");
}

TEST_CASE("firewall-devices.md R28 R29 R30 R31: addresses that are none", "[firewall]")
{
    for (const std::string_view address :
         {"127/8", "1.2.3.4/33", "1.2.3.4/", "1.2.3.4/8/8", "1.2.3.4/08", "1.2.3.04", "1.2.3.256",
          "1.2.3.4/-1", "www.example.org", "", "/", "1.2.3.4.5"})
        CHECK(fault("action=accept dst4=" + std::string{address}) == "dst4");
    for (const std::string_view address :
         {"2001:db8::/129", "2001:dbg::", "fe80::1%eth0", "::1::", "[::1]", "2001:db8::/"})
        CHECK(fault("action=accept dst6=" + std::string{address}) == "dst6");
}

TEST_CASE("firewall-devices.md R32 R33 R34 R35: hosts that are none", "[firewall]")
{
    const std::string label(63, 'a');
    const std::string longest = label + "." + label + "." + label + "." + std::string(61, 'b');
    stays("action=accept dsthost=" + longest);
    stays("action=accept dsthost=_x.a-b.1");
    for (const std::string& host :
         {std::string{"WWW.example.org"}, std::string{"a.org/24"}, std::string{},
          std::string{"a..b"}, std::string{"."}, std::string{".a"}, longest + "c", label + "a",
          std::string{"127.1"}, std::string{"127/8"}, std::string{"a:b"}, std::string{"a*"}})
        CHECK(fault("action=accept dsthost=" + host) == "dsthost");
    stays("action=accept dsthost=a.org.");
    CHECK(fault("action=accept dst4=1.2.3.4 dsthost=a.org") == "dsthost");
}

TEST_CASE("firewall-devices.md R37 R40: one blank between options, ASCII alone", "[firewall]")
{
    CHECK(fault("action=accept  proto=tcp") == "unknown option");
    CHECK(fault("action=accept\tproto=tcp") == "action");
    becomes("  action=accept  ", "action=accept");
    CHECK(fault("") == "action");
    CHECK(fault("accept") == "unknown option");
    for (const std::string& line :
         {std::string{"action=accept comment=caf\xe9"}, std::string{"action=accept\r"},
          std::string{"action=accept\0", 14}})
        CHECK(failure_of([&] { static_cast<void>(Rule::parse(line)); }) == Failure::protocol);
}

TEST_CASE("a rule: when it expires", "[firewall]")
{
    becomes("action=accept expire=007", "action=accept expire=7");
    stays("action=accept expire=0");
    stays("action=accept expire=253402300799");
    becomes("action=accept expire=0000000253402300799", "action=accept expire=253402300799");
    for (const std::string_view when :
         {"253402300800", "9999999999999999999", "00000000000000000001", "", "1e3", "0x1"}) {
        INFO(when);
        CHECK(fault("action=accept expire=" + std::string{when}) == "expire");
    }
    CHECK_FALSE(rule("action=accept expire=100").is_expired(100));
    CHECK(rule("action=accept expire=100").is_expired(101));
    CHECK_FALSE(rule("action=accept").is_expired(101));
}

TEST_CASE("a rule: who applies it is told what matters there", "[firewall]")
{
    CHECK(rule("action=drop expire=1893456000 dst4=192.0.2.1 proto=tcp dstports=80 comment=a b")
              .applied_text() == "action=drop dst4=192.0.2.1/32 proto=tcp dstports=80-80");
    CHECK(rule("action=drop dst4=192.0.2.1").family() == Family::ipv4);
    CHECK(rule("action=drop dsthost=::1").family() == Family::ipv6);
    CHECK_FALSE(rule("action=drop dsthost=a.org").family());
    CHECK_FALSE(rule("action=drop proto=icmp icmptype=8").family());
    for (const std::string_view options : {"", " proto=tcp", " proto=udp dstports=53"})
        CHECK_FALSE(rule("action=accept specialtarget=dns" + std::string{options}).never_matches());
    for (const std::string_view options :
         {" proto=tcp dstports=80", " proto=tcp dstports=1-1024", " proto=icmp"})
        CHECK(rule("action=accept specialtarget=dns" + std::string{options}).never_matches());
    CHECK_FALSE(rule("action=accept proto=tcp dstports=80").never_matches());
}

TEST_CASE("rules on lines: each is said to be wrong by its number", "[firewall]")
{
    const auto refusal = [](std::string_view text, RuleFaults faults = RuleFaults::named) {
        try {
            return std::to_string(parse_rules(text, faults).size()) + " rules";
        } catch (const Error& error) {
            return std::string{word(error.kind())} + ": " + error.text();
        }
    };
    CHECK(refusal("action=drop") == "1 rules");
    CHECK(refusal("action=drop\naction=accept\n") == "2 rules");
    CHECK(refusal("") == "protocol: expected payload");
    CHECK(refusal("\n") == "bad-value: Invalid rule on line 1: action");
    CHECK(refusal("action=drop\n\n") == "bad-value: Invalid rule on line 2: action");
    CHECK(refusal("action=drop\naction=no\n") == "bad-value: Invalid rule on line 2: action");
    CHECK(refusal("action=drop\nx=secret", RuleFaults::counted) ==
          "bad-value: Invalid rule on line 2");
    CHECK(refusal("action=drop\nsecret=x") == "bad-value: Invalid rule on line 2: unknown option");
    CHECK(refusal("action=drop\r\n").starts_with("protocol: "));
    CHECK(refusal("action=drop x=" + std::string(1024, 'x')) ==
          "too-large: the rule on line 1 is too long");

    std::string many;
    for (int i = 0; i < 1000; ++i)
        many += "action=drop\n";
    CHECK(refusal(many) == "1000 rules");
    CHECK(refusal(many + "action=drop") == "too-large: a qube has at most 1000 rules");
    CHECK(refusal(std::string(65536, 'x')).starts_with("too-large: the rule on line 1"));
    CHECK(refusal(std::string(65537, 'x')) == "too-large: the rules are too long");

    CHECK(parse_one_rule("action=drop\n").canonical() == "action=drop");
    for (const std::string_view text : {"action=drop\naction=drop", "action=drop\n\n"})
        CHECK(failure_of([&] { static_cast<void>(parse_one_rule(text)); }) == Failure::protocol);
}
