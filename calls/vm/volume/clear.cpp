// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.vm.volume.Clear: empty a volume of a halted qube. It keeps its size, and the content it had
// as the newest snapshot.
//   destination: the qube   argument: the volume   input: none   reply: empty

#include "call/call.hpp"
#include "life/volume/import.hpp"

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.vm.volume.Clear",
    .summary = "Empty a volume",
    .argument = Argument::required,
    .argument_is = "volume",
    .effect = Effect::write,
    .needs = needs_store | needs_hypervisor | needs_storage,
    .dry_run = false,
};

static Reply clear(Call& call)
{
    clear_volume(call, volume_of_destination(call));
    return {};
}

int main(int argc, char** argv)
{
    return run(spec, clear, argc, argv);
}
