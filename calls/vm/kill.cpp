// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.vm.Kill: destroy a qube's domain at once. Killing one that is halted changes nothing.
//   destination: the qube   argument: none   input: none   reply: empty

#include "life/kill.hpp"

#include "call/call.hpp"

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.vm.Kill",
    .summary = "Stop a qube at once, as if its power were cut",
    .destination = Destination::not_dom0,
    .effect = Effect::execute,
    .needs = needs_store | needs_hypervisor | needs_storage,
};

static Reply kill(Call& call)
{
    kill_qube(call);
    return {};
}

int main(int argc, char** argv)
{
    return run(spec, kill, argc, argv);
}
