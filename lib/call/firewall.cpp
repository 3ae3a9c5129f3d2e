// SPDX-License-Identifier: GPL-2.0-or-later

#include "call/firewall.hpp"

#include "call/difference.hpp"
#include "call/qube_directory.hpp"
#include "firewall/firewall_xml.hpp"
#include "firewall/rule_file.hpp"

#include <ctime>

namespace qmgmt {

RuleList firewall_of(const Qube& qube)
{
    RuleList rules = stored_rules(qube_directory(qube));
    rules.drop_expired(std::time(nullptr));
    return rules;
}

bool has_expired_rules(const Qube& qube)
{
    return stored_rules(qube_directory(qube)).has_expired(std::time(nullptr));
}

bool edit_firewall(Edit& edit, const Qube& qube, const FirewallChange& change)
{
    const std::string directory = qube_directory(qube);
    const auto bytes = read_rule_file(directory);
    const RuleList before = bytes ? parse_firewall_xml(*bytes) : RuleList::accept_all();
    const std::time_t now = std::time(nullptr);
    RuleList rules = before;
    rules.drop_expired(now);
    change(rules);
    rules.drop_expired(now); // rules that came too late
    if (bytes && rules == before)
        return false;
    edit.replace_file(rule_file_in(directory), firewall_xml(rules), [before, rules] {
        return line_difference(rule_rows(before.rules()), rule_rows(rules.rules()));
    });
    edit.note(qube.name(), "firewall-changed");
    return true;
}

bool drop_expired_rules(Edit& edit, const Qube& qube)
{
    return has_expired_rules(qube) && edit_firewall(edit, qube, [](RuleList&) {});
}

std::string rule_rows(std::span<const ListedRule> rules)
{
    std::string rows;
    for (const ListedRule& listed : rules)
        rows += listed.id().text() + " " + listed.rule.canonical() + "\n";
    return rows;
}

} // namespace qmgmt
