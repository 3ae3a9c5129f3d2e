// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.vm.volume.ImportWithSize: replace the content of a volume of a halted qube by data that may
// be larger or smaller than it was. The content it had is kept as the newest snapshot.
//   destination: the qube   argument: the volume   input: `<size>`, a line end, raw data
//   reply: empty

#include "call/call.hpp"
#include "life/volume/import.hpp"

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.vm.volume.ImportWithSize",
    .summary = "Replace the content of a volume by data of any size",
    .argument = Argument::required,
    .argument_is = "volume",
    .input = Input::stream,
    .input_is = "<size>",
    .effect = Effect::write,
    .needs = needs_store | needs_hypervisor | needs_storage,
    .dry_run = false,
};

static Reply import_data(Call& call)
{
    auto input = standard_input(call);
    const auto size = read_size(input);
    import_volume(call, volume_of_destination(call), input, size);
    return {};
}

int main(int argc, char** argv)
{
    return run(spec, import_data, argc, argv);
}
