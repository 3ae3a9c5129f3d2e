// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.vm.firewall.GetPolicy: what becomes of traffic that no rule of a qube matches. It is
// dropped, of every qube.
//   destination: a qube   argument: none   input: none   reply: `drop`

#include "call/firewall.hpp"

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.vm.firewall.GetPolicy",
    .summary = "Get what becomes of traffic that no firewall rule matches",
    .destination = Destination::not_dom0,
    .returns = "policy",
    .admin = false,
};

static Reply get(Call& call)
{
    static_cast<void>(firewall_of(call.destination())); // of rules that can be read
    return Reply{"drop"};
}

int main(int argc, char** argv)
{
    return run(spec, get, argc, argv);
}
