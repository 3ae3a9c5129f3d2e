// SPDX-License-Identifier: GPL-2.0-or-later

#include "firewall/firewall_xml.hpp"

namespace qmgmt {
namespace {

// No byte of a value has a meaning in XML.
void append_property(std::string& out, std::string_view name, std::string_view value)
{
    out += "        <property name=\"";
    out += name;
    out += "\">";
    out += value;
    out += "</property>\n";
}

void append_destination(std::string& out, const RuleDestination& destination)
{
    if (const auto* prefix = std::get_if<AddressPrefix>(&destination))
        append_property(out, "dsthost", prefix->text());
    else if (const auto* host = std::get_if<HostName>(&destination))
        append_property(out, "dsthost", host->text);
}

std::string shortest(const PortRange& ports)
{
    const std::string first = std::to_string(ports.first);
    return ports.first == ports.last ? first : first + "-" + std::to_string(ports.last);
}

void append_rule(std::string& out, const ListedRule& listed)
{
    const Rule& rule = listed.rule;
    out += "    <rule id=\"" + std::to_string(listed.counter) + "\">\n      <properties>\n";
    append_property(out, "action", word(rule.action()));
    if (!rule.comment().empty())
        append_property(out, "comment", rule.comment());
    if (rule.expire())
        append_property(out, "expire", std::to_string(*rule.expire()));
    append_destination(out, rule.destination());
    if (rule.protocol())
        append_property(out, "proto", word(*rule.protocol()));
    if (rule.is_for_dns())
        append_property(out, "specialtarget", "dns");
    if (rule.ports())
        append_property(out, "dstports", shortest(*rule.ports()));
    if (rule.icmp_type())
        append_property(out, "icmptype", std::to_string(*rule.icmp_type()));
    out += "      </properties>\n    </rule>\n";
}

} // namespace

std::string firewall_xml(const RuleList& list)
{
    std::string out = "<?xml version='1.0' encoding='UTF-8'?>\n<firewall version=\"2\" next-id=\"" +
                      std::to_string(list.next_counter()) + "\">\n";
    if (list.rules().empty())
        return out + "  <rules/>\n</firewall>\n";
    out += "  <rules>\n";
    for (const ListedRule& listed : list.rules())
        append_rule(out, listed);
    return out + "  </rules>\n</firewall>\n";
}

} // namespace qmgmt
