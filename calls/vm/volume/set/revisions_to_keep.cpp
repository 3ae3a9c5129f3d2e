// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.vm.volume.Set.revisions_to_keep: set how many snapshots a volume keeps.
//   destination: the qube   argument: the volume   input: `<number>`   reply: empty

#include "call/call.hpp"
#include "life/volume/settings.hpp"

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.vm.volume.Set.revisions_to_keep",
    .summary = "Set how many snapshots a volume keeps",
    .argument = Argument::required,
    .argument_is = "volume",
    .input = Input::required,
    .input_is = "<number>",
    .effect = Effect::write,
    .needs = needs_store | needs_hypervisor | needs_storage,
    .dry_run = false,
};

static Reply set(Call& call)
{
    set_volume_revisions_to_keep(call, volume_of_destination(call), call.payload());
    return {};
}

int main(int argc, char** argv)
{
    return run(spec, set, argc, argv);
}
