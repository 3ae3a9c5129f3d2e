// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.pool.volume.Revert: bring a volume back to a snapshot; the qube that has it is halted. The
// state it had is kept as the newest snapshot.
//   destination: dom0   argument: `pool:vid`, or the pool
//   input: `<snapshot>`, with the pool alone `<vid> <snapshot>`   reply: empty

#include "call/call.hpp"
#include "life/volume/verbs.hpp"

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.pool.volume.Revert",
    .summary = "Revert a volume of a pool to a snapshot",
    .destination = Destination::dom0,
    .argument = Argument::required,
    .argument_is = "pool:vid",
    .input = Input::required,
    .input_is = "<snapshot>",
    .effect = Effect::write,
    .scope = Scope::global,
    .needs = needs_store | needs_hypervisor | needs_storage,
    .dry_run = false,
};

static Reply revert(Call& call)
{
    const auto wanted = VolumeRequest::parse(call.argument(), call.payload());
    const auto id = parse_revision_id(wanted.value);
    revert_volume(call, owner_to_change(call, wanted), id);
    return {};
}

int main(int argc, char** argv)
{
    return run(spec, revert, argc, argv);
}
