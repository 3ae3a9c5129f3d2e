// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.pool.volume.Snapshot: keep the present state of a volume that a qube has.
//   destination: dom0   argument: `pool:vid`, or the pool   input: with the pool alone, `<vid>`
//   reply: `<snapshot>`

#include "call/call.hpp"
#include "life/volume/verbs.hpp"

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.pool.volume.Snapshot",
    .summary = "Take a snapshot of a volume of a pool",
    .destination = Destination::dom0,
    .argument = Argument::required,
    .argument_is = "pool:vid",
    .input = Input::optional,
    .input_is = "<vid>",
    .returns = "<snapshot>",
    .effect = Effect::write,
    .scope = Scope::global,
    .needs = needs_store | needs_hypervisor | needs_storage,
    .input_of = vid_as_input,
    .dry_run = false,
};

static Reply snapshot(Call& call)
{
    const auto wanted = VolumeRequest::parse(call.argument(), call.payload());
    return Reply{snapshot_volume(call, owner_to_change(call, wanted))};
}

int main(int argc, char** argv)
{
    return run(spec, snapshot, argc, argv);
}
