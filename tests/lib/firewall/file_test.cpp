// SPDX-License-Identifier: GPL-2.0-or-later
//
// The file of a firewall, both versions.

#include "firewall/firewall_xml.hpp"
#include "support/catch.hpp"
#include "support/failure_of.hpp"

#include <string>
#include <string_view>
#include <vector>

using namespace qmgmt;
using qmgmt::test::failure_of;

namespace {

// The example of firewall-devices.md 1.6.
constexpr std::string_view example = R"(<?xml version='1.0' encoding='UTF-8'?>
<firewall version="2" next-id="5">
  <rules>
    <rule id="1">
      <properties>
        <property name="action">accept</property>
        <property name="specialtarget">dns</property>
      </properties>
    </rule>
    <rule id="2">
      <properties>
        <property name="action">accept</property>
        <property name="comment">bug tracker, ask Bob</property>
        <property name="expire">1893456000</property>
        <property name="dsthost">192.0.2.0/24</property>
        <property name="proto">tcp</property>
        <property name="dstports">443</property>
      </properties>
    </rule>
    <rule id="4">
      <properties>
        <property name="action">drop</property>
        <property name="proto">icmp</property>
        <property name="icmptype">8</property>
      </properties>
    </rule>
  </rules>
</firewall>
)";

using Rows = std::vector<std::string>;

Rows rows(std::string_view file)
{
    Rows found;
    const RuleList list = parse_firewall_xml(file);
    for (const ListedRule& listed : list.rules())
        found.push_back(std::to_string(listed.counter) + " " + listed.rule.canonical());
    return found;
}

std::string with_rule(std::string_view rule)
{
    return "<firewall version=\"2\"><rules>" + std::string{rule} + "</rules></firewall>";
}

std::string property(std::string_view name, std::string_view value)
{
    return "<property name=\"" + std::string{name} + "\">" + std::string{value} + "</property>";
}

void is_refused(std::string_view file)
{
    INFO(file);
    CHECK(failure_of([&] { static_cast<void>(parse_firewall_xml(file)); }) == Failure::store);
}

Rows old_rows(std::string_view attributes, std::string_view rules)
{
    return rows("<QubesFirewallRules " + std::string{attributes} + ">" + std::string{rules} +
                "</QubesFirewallRules>");
}

} // namespace

TEST_CASE("firewall file: what is read is written again, to the byte", "[firewall]")
{
    const RuleList list = parse_firewall_xml(example);
    CHECK(list.next_counter() == 5);
    CHECK(rows(example) ==
          Rows{"1 action=accept specialtarget=dns",
               "2 action=accept expire=1893456000 dst4=192.0.2.0/24 proto=tcp dstports=443-443 "
               "comment=bug tracker, ask Bob",
               "4 action=drop proto=icmp icmptype=8"});
    CHECK(firewall_xml(list) == example);
    const std::string empty = firewall_xml(RuleList{});
    CHECK(empty == "<?xml version='1.0' encoding='UTF-8'?>\n<firewall version=\"2\" "
                   "next-id=\"1\">\n  <rules/>\n</firewall>\n");
    CHECK(parse_firewall_xml(empty) == RuleList{});
}

TEST_CASE("firewall file: written by others", "[firewall]")
{
    CHECK(rows("<firewall version='2'><rules/></firewall>").empty());
    CHECK(rows("<firewall version='2'/>").empty());
    CHECK(rows(with_rule("<rule><properties>" + property("dstports", "1-2") +
                         property("proto", "tcp") + property("action", "accept") +
                         property("dsthost", "::1") + "</properties></rule>")) ==
          Rows{"1 action=accept dst6=::1/128 proto=tcp dstports=1-2"});
    CHECK(rows(with_rule("<!-- kept by hand --><rule x='y'>\n<properties>" +
                         property("action", "dr<!-- -->op") + property("comment", "&#x20;a ") +
                         "\n</properties></rule>")) == Rows{"1 action=drop comment= a "});
}

TEST_CASE("firewall file: what is not understood is refused", "[firewall]")
{
    const std::string drop = property("action", "drop");
    is_refused("");
    is_refused("<firewall version='3'><rules/></firewall>");
    is_refused("<firewall><rules/></firewall>");
    is_refused("<firewall version=''><rules/></firewall>");
    is_refused("<QubesFirewallRules version='2' policy='allow'/>");
    is_refused("<firewall version='2'><rules/><rules/></firewall>");
    is_refused("<firewall version='2'><rule/></firewall>");
    is_refused("<!DOCTYPE x><firewall version='2'/>");
    is_refused("<firewall version='2'/><firewall version='2'/>");
    is_refused("<firewall version='2'>drop</firewall>");
    is_refused("<a:firewall xmlns:a='b' version='2'/>");
    is_refused(with_rule("<rule/>"));
    is_refused(with_rule("<rule><properties/></rule>"));
    is_refused(with_rule("<rule>" + drop + "</rule>"));
    for (const std::string& more :
         {property("dpi", "x"), property("", "x"), property("action", "drop"),
          property("dstports", "1"), property("comment", "&lt;"), property("proto", " tcp"),
          std::string{"<property>x</property>"}, std::string{"<other/>"}, std::string{"text"},
          std::string{"<property name='proto'><b>tcp</b></property>"}})
        is_refused(with_rule("<rule><properties>" + drop + more + "</properties></rule>"));
    is_refused(with_rule("<rule><properties>" + drop + "</properties><properties>" +
                         property("proto", "tcp") + "</properties></rule>"));
    is_refused(std::string{example.substr(0, example.size() - 2)});
}

TEST_CASE("firewall file: others may have more rules than we store, up to a limit", "[firewall]")
{
    std::string many;
    for (int i = 0; i < 10000; ++i)
        many += "<rule><properties><property name='action'>drop</property></properties></rule>";
    CHECK(parse_firewall_xml(with_rule(many)).rules().size() == most_rules_read);
    is_refused(with_rule(many + "<rule><properties><property "
                                "name='action'>drop</property></properties></rule>"));
    is_refused(with_rule(std::string(longest_firewall_file, ' ')));
}

TEST_CASE("firewall file: the policies of old hosts", "[firewall]")
{
    CHECK(old_rows("policy='allow'", "") == Rows{"1 action=accept specialtarget=dns",
                                                 "2 action=accept proto=icmp", "3 action=accept"});
    CHECK(old_rows("policy='deny'", "") ==
          Rows{"1 action=drop specialtarget=dns", "2 action=drop proto=icmp"});
    CHECK(old_rows("policy='allow' dns='deny' icmp='deny' yumProxy='allow'", "") ==
          Rows{"1 action=drop specialtarget=dns", "2 action=drop proto=icmp", "3 action=accept"});
    for (const std::string_view attributes : {"", "policy=''", "policy='Allow'"}) {
        is_refused("<QubesFirewallRules " + std::string{attributes} + "/>");
    }
}

TEST_CASE("firewall file: the rules of old hosts", "[firewall]")
{
    const auto rule = [](std::string_view attributes, std::string_view policy = "deny") {
        Rows found = old_rows("policy='" + std::string{policy} + "'",
                              "<rule " + std::string{attributes} + "/>");
        return found.at(2).substr(2);
    };
    CHECK(rule("address='192.0.2.0' netmask='24' proto='tcp' port='80'") ==
          "action=accept dst4=192.0.2.0/24 proto=tcp dstports=80-80");
    CHECK(rule("address='192.0.2.1'") == "action=accept dst4=192.0.2.1/32");
    CHECK(rule("address='192.0.2.1' netmask='32' proto='any'", "allow") ==
          "action=drop dst4=192.0.2.1/32");
    CHECK(rule("address='0.0.0.0' netmask='0' port='22'") ==
          "action=accept proto=tcp dstports=22-22");
    CHECK(rule("address='0.0.0.0'") == "action=accept dst4=0.0.0.0/32");
    CHECK(rule("address='Www.Example.org' netmask='32' proto='udp' port='1' toport='9'") ==
          "action=accept dsthost=www.example.org proto=udp dstports=1-9");
    CHECK(rule("proto='any' port='9' expire='1893456000'") ==
          "action=accept expire=1893456000 proto=tcp dstports=9-9");
    for (const std::string_view attributes :
         {"address='192.0.2.0' netmask='33'", "address='a.org' netmask='8'", "proto='sctp'",
          "port='x'", "port='9' toport='8'", "expire='never'", "proto='icmp' port='1'"})
        is_refused("<QubesFirewallRules policy='deny'><rule " + std::string{attributes} +
                   "/></QubesFirewallRules>");
    is_refused("<QubesFirewallRules policy='deny'><rules/></QubesFirewallRules>");
    is_refused("<QubesFirewallRules policy='deny'><rule><rule/></rule></QubesFirewallRules>");
}
