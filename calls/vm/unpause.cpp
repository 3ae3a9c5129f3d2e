// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.vm.Unpause: let a paused qube go on. One that runs stays as it is.
//   destination: the qube   argument: none   input: none   reply: empty

#include "call/call.hpp"
#include "life/pause.hpp"

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.vm.Unpause",
    .summary = "Let a paused qube go on",
    .destination = Destination::not_dom0,
    .effect = Effect::execute,
    .needs = needs_store | needs_hypervisor | needs_storage,
};

static Reply unpause(Call& call)
{
    unpause_qube(call);
    return {};
}

int main(int argc, char** argv)
{
    return run(spec, unpause, argc, argv);
}
