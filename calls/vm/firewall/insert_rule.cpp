// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.vm.firewall.InsertRule: put one rule into the firewall of a qube. A repetition puts it there
// once more.
//   destination: a qube   argument: where: none or `end`, `start`, `N`, an id, `after-ID`
//   input: the rule   reply: its id

#include "firewall/rule_lines.hpp"
#include "life/network/firewall_change.hpp"

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.vm.firewall.InsertRule",
    .summary = "Insert a firewall rule of a qube",
    .destination = Destination::not_dom0,
    .argument = Argument::optional,
    .argument_is = "position",
    .input = Input::required,
    .input_is = "<rule>",
    .returns = "rule id",
    .effect = Effect::write,
    .needs = needs_store | needs_hypervisor,
    .admin = false,
};

static Reply insert(Call& call)
{
    const RulePlace place = parse_rule_place(call.argument());
    const Rule rule = parse_one_rule(call.payload());
    if (rule.never_matches())
        call.warn(std::string{rule_never_matches});
    return insert_rule(call, place, rule);
}

int main(int argc, char** argv)
{
    return run(spec, insert, argc, argv);
}
