// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.vm.volume.Detach: take back a volume that was attached, now and for later. What is not
// attached is not found: a repetition fails.
//   destination: the qube   argument: `pool:vid`, or a volume that the qube has in the store
//   input: none   reply: empty

#include "life/volume/detach.hpp"

#include "call/call.hpp"

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.vm.volume.Detach",
    .summary = "Detach a volume from a qube",
    .destination = Destination::not_dom0,
    .argument = Argument::required,
    .argument_is = "volume",
    .effect = Effect::write,
    .needs = needs_store | needs_hypervisor | needs_storage,
    .admin = false,
    .dry_run = false,
};

static Reply detach(Call& call)
{
    detach_volume(call);
    return {};
}

int main(int argc, char** argv)
{
    return run(spec, detach, argc, argv);
}
