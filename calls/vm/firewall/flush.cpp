// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.vm.firewall.Flush: remove all firewall rules of a qube: everything it sends is dropped then.
//   destination: a qube   argument: none   input: none   reply: empty

#include "life/network/firewall_change.hpp"

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.vm.firewall.Flush",
    .summary = "Remove all firewall rules of a qube",
    .destination = Destination::not_dom0,
    .effect = Effect::write,
    .needs = needs_store | needs_hypervisor,
    .admin = false,
};

static Reply flush(Call& call)
{
    return change_firewall(call, [](RuleList& rules) { rules.flush(); });
}

int main(int argc, char** argv)
{
    return run(spec, flush, argc, argv);
}
