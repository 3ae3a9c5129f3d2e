// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.vm.Pause: hold a qube's processors still. Pausing one that is paused changes nothing.
//   destination: the qube   argument: none   input: none   reply: empty

#include "life/pause.hpp"

#include "call/call.hpp"

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.vm.Pause",
    .summary = "Hold a qube's processors still",
    .destination = Destination::not_dom0,
    .effect = Effect::execute,
    .needs = needs_store | needs_hypervisor | needs_storage,
};

static Reply pause(Call& call)
{
    pause_qube(call);
    return {};
}

int main(int argc, char** argv)
{
    return run(spec, pause, argc, argv);
}
