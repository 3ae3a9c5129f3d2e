// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.vm.volume.Set.rw: let a qube write to a volume, or not.
//   destination: the qube   argument: the volume   input: `<bool>`   reply: empty

#include "call/call.hpp"
#include "life/volume/settings.hpp"

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.vm.volume.Set.rw",
    .summary = "Let a qube write to a volume, or not",
    .argument = Argument::required,
    .argument_is = "volume",
    .input = Input::required,
    .input_is = "<bool>",
    .effect = Effect::write,
    .needs = needs_store | needs_hypervisor | needs_storage,
    .dry_run = false,
};

static Reply set(Call& call)
{
    set_volume_rw(call, volume_of_destination(call), call.payload());
    return {};
}

int main(int argc, char** argv)
{
    return run(spec, set, argc, argv);
}
