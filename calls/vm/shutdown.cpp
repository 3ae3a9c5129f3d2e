// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.vm.Shutdown: ask a qube to stop; with `wait`, until it has. One that is off already is
// success.
//   destination: the qube   argument: none, `force`, `wait` or `force+wait`   input: none
//   reply: empty

#include "life/shutdown.hpp"

#include "call/call.hpp"

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.vm.Shutdown",
    .summary = "Ask a qube to stop",
    .destination = Destination::not_dom0,
    .argument = Argument::optional,
    .argument_is = "force, wait or force+wait",
    .effect = Effect::execute,
    .needs = needs_store | needs_hypervisor | needs_storage,
};

static Reply shutdown(Call& call)
{
    shutdown_qube(call, ShutdownWish::parse(call.argument()));
    return {};
}

int main(int argc, char** argv)
{
    return run(spec, shutdown, argc, argv);
}
