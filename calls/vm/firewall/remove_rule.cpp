// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.vm.firewall.RemoveRule: take one rule out of the firewall of a qube. What is gone already is
// not found.
//   destination: a qube   argument: the id of the rule   input: none   reply: empty

#include "life/network/firewall_change.hpp"

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.vm.firewall.RemoveRule",
    .summary = "Remove a firewall rule of a qube",
    .destination = Destination::not_dom0,
    .argument = Argument::required,
    .argument_is = "rule id",
    .effect = Effect::write,
    .needs = needs_store | needs_hypervisor,
    .admin = false,
};

static Reply remove(Call& call)
{
    const RuleId id = parse_rule_id(call.argument());
    return change_firewall(call, [&](RuleList& rules) { rules.remove(id); });
}

int main(int argc, char** argv)
{
    return run(spec, remove, argc, argv);
}
