// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.vm.firewall.Get: the firewall rules of a qube, in order; expired ones are left out.
//   destination: a qube   argument: none for all, or `N`, `N-M`, `N-`, an id   input: none
//   reply: `<rule id> <rule>\n` each

#include "call/firewall.hpp"

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.vm.firewall.Get",
    .summary = "Get the firewall rules of a qube",
    .destination = Destination::not_dom0,
    .argument = Argument::optional,
    .argument_is = "position",
    .returns = "<rule id> <rule>\n",
    .admin_argument = Argument::none,
    .admin_returns = "<rule>\n",
};

static Reply get(Call& call)
{
    const RuleChoice choice = parse_rule_choice(call.argument());
    const RuleList rules = firewall_of(call.destination());
    if (!call.request().admin)
        return Reply{rule_rows(rules.chosen(choice))};
    std::string rows;
    for (const ListedRule& listed : rules.chosen(choice))
        rows += listed.rule.canonical() + "\n";
    return Reply{rows};
}

int main(int argc, char** argv)
{
    return run(spec, get, argc, argv);
}
