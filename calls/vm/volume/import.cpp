// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.vm.volume.Import: replace the content of a volume of a halted qube by exactly as much data
// as it is large. The content it had is kept as the newest snapshot.
//   destination: the qube   argument: the volume   input: raw data   reply: empty

#include "life/volume/import.hpp"

#include "call/call.hpp"

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.vm.volume.Import",
    .summary = "Replace the content of a volume by data of its size",
    .argument = Argument::required,
    .argument_is = "volume",
    .input = Input::stream,
    .effect = Effect::write,
    .needs = needs_store | needs_hypervisor | needs_storage,
    .dry_run = false,
};

static Reply import_data(Call& call)
{
    auto input = standard_input(call);
    import_volume(call, volume_of_destination(call), input);
    return {};
}

int main(int argc, char** argv)
{
    return run(spec, import_data, argc, argv);
}
