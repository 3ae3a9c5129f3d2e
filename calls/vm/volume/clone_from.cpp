// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.vm.volume.CloneFrom: offer the content of a volume to be cloned, once, by the same caller,
// within ten minutes.
//   destination: the qube   argument: the volume   input: none   reply: `<token>`

#include "call/call.hpp"
#include "life/volume/clone.hpp"

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.vm.volume.CloneFrom",
    .summary = "Offer a volume of a qube to be cloned",
    .argument = Argument::required,
    .argument_is = "volume",
    .returns = "<token>",
    .effect = Effect::write,
    .needs = needs_store | needs_storage,
    .dry_run = false,
};

static Reply offer(Call& call)
{
    return Reply{offer_clone(call, volume_of_destination(call))};
}

int main(int argc, char** argv)
{
    return run(spec, offer, argc, argv);
}
