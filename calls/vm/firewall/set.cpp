// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.vm.firewall.Set: give a qube these firewall rules instead of all it has. The same rules
// again keep their ids.
//   destination: a qube   argument: none   input: `<rule>\n` each   reply: empty

#include "firewall/rule_lines.hpp"
#include "life/network/firewall_change.hpp"

#include <algorithm>

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.vm.firewall.Set",
    .summary = "Replace the firewall rules of a qube",
    .destination = Destination::not_dom0,
    .input = Input::required,
    .input_is = "<rule>\n",
    .effect = Effect::write,
    .needs = needs_store | needs_hypervisor,
};

static Reply set(Call& call)
{
    const std::vector<Rule> wanted =
        parse_rules(call.payload(), call.request().admin ? RuleFaults::counted : RuleFaults::named);
    if (std::ranges::any_of(wanted, &Rule::never_matches))
        call.warn(std::string{rule_never_matches});
    return change_firewall(call, [&](RuleList& rules) { rules.replace(wanted); });
}

int main(int argc, char** argv)
{
    return run(spec, set, argc, argv);
}
