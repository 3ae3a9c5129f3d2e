// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.vm.volume.Extend: grow a volume of a qube, or, with no input, tell its size.
//   destination: the qube   argument: the volume   input: `<size_in_bytes>` or nothing
//   reply: `<size_in_bytes>`

#include "call/call.hpp"
#include "life/volume/verbs.hpp"

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.vm.volume.Extend",
    .summary = "Grow a volume of a qube",
    .argument = Argument::required,
    .argument_is = "volume",
    .input = Input::optional,
    .input_is = "<size_in_bytes>",
    .returns = "<size_in_bytes>",
    .effect = Effect::write,
    .needs = needs_store | needs_hypervisor | needs_storage,
    .dry_run = false,
};

static Reply extend(Call& call)
{
    if (call.payload().empty())
        return Reply{std::to_string(volume_size(call, volume_of_destination(call)))};
    const auto size = parse_volume_size(call.payload());
    return Reply{std::to_string(extend_volume(call, volume_of_destination(call), size))};
}

int main(int argc, char** argv)
{
    return run(spec, extend, argc, argv);
}
