// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.vm.volume.CloneTo: replace the content of a volume of a halted qube by what a token of
// mgmt.vm.volume.CloneFrom stands for. The content it had is kept as a snapshot.
//   destination: the qube   argument: the volume   input: `<token>`   reply: empty

#include "call/call.hpp"
#include "life/volume/clone.hpp"
#include "life/volume/clone_token.hpp"

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.vm.volume.CloneTo",
    .summary = "Clone another volume into a volume of a qube",
    .argument = Argument::required,
    .argument_is = "volume",
    .input = Input::required,
    .input_is = "<token>",
    .effect = Effect::write,
    .needs = needs_store | needs_hypervisor | needs_storage,
    .dry_run = false,
};

static Reply take(Call& call)
{
    const std::string token = CloneToken::parse(call.payload());
    take_clone(call, volume_of_destination(call), token);
    return {};
}

int main(int argc, char** argv)
{
    return run(spec, take, argc, argv);
}
