// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.vm.volume.Snapshot: keep the present state of a volume, that of a running qube as a power
// failure would leave it.
//   destination: the qube   argument: the volume   input: none   reply: `<snapshot>`

#include "call/call.hpp"
#include "life/volume/verbs.hpp"

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.vm.volume.Snapshot",
    .summary = "Take a snapshot of a volume of a qube",
    .argument = Argument::required,
    .argument_is = "volume",
    .returns = "<snapshot>",
    .effect = Effect::write,
    .needs = needs_store | needs_hypervisor | needs_storage,
    .dry_run = false,
};

static Reply snapshot(Call& call)
{
    return Reply{snapshot_volume(call, volume_of_destination(call))};
}

int main(int argc, char** argv)
{
    return run(spec, snapshot, argc, argv);
}
