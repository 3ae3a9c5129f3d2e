// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.vm.firewall.Reload: have the netvm of a qube apply its firewall rules anew: it looks up the
// names of hosts then alone. Nothing is done for a qube that does not run.
//   destination: a qube   argument: none   input: none   reply: empty

#include "life/network/firewall_change.hpp"

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.vm.firewall.Reload",
    .summary = "Have the firewall rules of a qube applied anew",
    .destination = Destination::not_dom0,
    .effect = Effect::execute,
    .needs = needs_store | needs_hypervisor,
};

static Reply reload(Call& call)
{
    reload_firewall_of_destination(call);
    return {};
}

int main(int argc, char** argv)
{
    return run(spec, reload, argc, argv);
}
