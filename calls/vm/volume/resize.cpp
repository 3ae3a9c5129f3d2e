// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.vm.volume.Resize: grow a volume of a qube.
//   destination: the qube   argument: the volume   input: `<size_in_bytes>`   reply: empty

#include "call/call.hpp"
#include "life/volume/verbs.hpp"

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.vm.volume.Resize",
    .summary = "Grow a volume of a qube",
    .argument = Argument::required,
    .argument_is = "volume",
    .input = Input::required,
    .input_is = "<size_in_bytes>",
    .effect = Effect::write,
    .needs = needs_store | needs_hypervisor | needs_storage,
    .dry_run = false,
};

static Reply resize(Call& call)
{
    const auto size = parse_volume_size(call.payload());
    extend_volume(call, volume_of_destination(call), size);
    return {};
}

int main(int argc, char** argv)
{
    return run(spec, resize, argc, argv);
}
