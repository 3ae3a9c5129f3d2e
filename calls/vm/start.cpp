// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.vm.Start: start a qube. Starting one that runs changes nothing.
//   destination: the qube   argument: none   input: none   reply: empty

#include "life/start.hpp"

#include "call/call.hpp"

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.vm.Start",
    .summary = "Start a qube",
    .destination = Destination::not_dom0,
    .effect = Effect::execute,
    .needs = needs_store | needs_hypervisor | needs_storage | needs_policy | needs_pci,
};

static Reply start(Call& call)
{
    start_qube(call);
    return {};
}

int main(int argc, char** argv)
{
    return run(spec, start, argc, argv);
}
