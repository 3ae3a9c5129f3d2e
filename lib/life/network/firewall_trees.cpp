// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/network/firewall_trees.hpp"

#include "firewall/firewall_xml.hpp"

namespace qmgmt {
namespace {

// The place of a rule in its list, in four digits: who applies the rules sorts by text, and drops
// everything for a fifth.
std::string number_of(std::size_t place)
{
    const std::string digits = std::to_string(place);
    return std::string(digits.size() < 4 ? 4 - digits.size() : 0, '0') + digits;
}

} // namespace

std::string firewall_key(const std::string& address)
{
    return "/qubes-firewall/" + address;
}

std::vector<TableTree> firewall_trees(const std::vector<std::string>& addresses,
                                      const RuleList& list, std::time_t now)
{
    static_assert(most_rules_read <= 10'000);
    std::vector<TableTree> trees;
    for (const std::string& address : addresses) {
        const Family family = address.find(':') == std::string::npos ? Family::ipv4 : Family::ipv6;
        TableTree tree{firewall_key(address), {}};
        tree.below.emplace_back(tree.root + "/policy", "drop");
        for (std::size_t i = 0; i < list.rules().size(); ++i) {
            const Rule& rule = list.rules()[i].rule;
            if (!rule.is_expired(now) && rule.family().value_or(family) == family)
                tree.below.emplace_back(tree.root + "/" + number_of(i), rule.applied_text());
        }
        trees.push_back(std::move(tree));
    }
    return trees;
}

} // namespace qmgmt
