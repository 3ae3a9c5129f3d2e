// SPDX-License-Identifier: GPL-2.0-or-later

#include "firewall/rule.hpp"

namespace qmgmt {
namespace {

constexpr std::uint16_t dns_port = 53;

void append(std::string& out, std::string_view key, std::string_view value)
{
    out += ' ';
    out += key;
    out += '=';
    out += value;
}

void append_destination(std::string& out, const RuleDestination& destination)
{
    if (const auto* prefix = std::get_if<AddressPrefix>(&destination))
        append(out, prefix->family == Family::ipv4 ? "dst4" : "dst6", prefix->text());
    else if (const auto* host = std::get_if<HostName>(&destination))
        append(out, "dsthost", host->text);
}

std::string text_of(const Rule& rule, bool whole)
{
    std::string out = "action=";
    out += word(rule.action());
    if (whole && rule.expire())
        append(out, "expire", std::to_string(*rule.expire()));
    append_destination(out, rule.destination());
    if (rule.protocol())
        append(out, "proto", word(*rule.protocol()));
    if (rule.is_for_dns())
        append(out, "specialtarget", "dns");
    if (const auto ports = rule.ports())
        append(out, "dstports", std::to_string(ports->first) + "-" + std::to_string(ports->last));
    if (rule.icmp_type())
        append(out, "icmptype", std::to_string(*rule.icmp_type()));
    if (whole && !rule.comment().empty())
        append(out, "comment", rule.comment());
    return out;
}

} // namespace

std::string_view word(RuleAction action)
{
    return action == RuleAction::accept ? "accept" : "drop";
}

std::string_view word(RuleProtocol protocol)
{
    switch (protocol) {
    case RuleProtocol::tcp: return "tcp";
    case RuleProtocol::udp: return "udp";
    case RuleProtocol::icmp: return "icmp";
    }
    return "";
}

std::string Rule::canonical() const
{
    return text_of(*this, true);
}

std::string Rule::applied_text() const
{
    return text_of(*this, false);
}

std::optional<Family> Rule::family() const
{
    if (const auto* prefix = std::get_if<AddressPrefix>(&destination_))
        return prefix->family;
    return std::nullopt;
}

bool Rule::never_matches() const
{
    return dns_ && ((ports_ && *ports_ != PortRange{dns_port, dns_port}) ||
                    protocol_ == RuleProtocol::icmp);
}

} // namespace qmgmt
