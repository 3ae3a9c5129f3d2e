// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.vm.volume.Revert: bring a volume of a halted qube back to a snapshot. The state it had is
// kept as the newest snapshot.
//   destination: the qube   argument: the volume   input: `<snapshot>`   reply: empty

#include "call/call.hpp"
#include "life/volume/verbs.hpp"

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.vm.volume.Revert",
    .summary = "Revert a volume of a qube to a snapshot",
    .argument = Argument::required,
    .argument_is = "volume",
    .input = Input::required,
    .input_is = "<snapshot>",
    .effect = Effect::write,
    .needs = needs_store | needs_hypervisor | needs_storage,
    .dry_run = false,
};

static Reply revert(Call& call)
{
    const auto id = parse_revision_id(call.payload());
    revert_volume(call, volume_of_destination(call), id);
    return {};
}

int main(int argc, char** argv)
{
    return run(spec, revert, argc, argv);
}
