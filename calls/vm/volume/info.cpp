// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.vm.volume.Info: what a volume of a qube is at this moment.
//   destination: the qube   argument: the volume   input: none   reply: `<key>=<value>\n` each

#include "call/call.hpp"
#include "life/volume/describe.hpp"

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.vm.volume.Info",
    .summary = "Tell what a volume of a qube is",
    .argument = Argument::required,
    .argument_is = "volume",
    .returns = "<key>=<value>\n",
    .needs = needs_store | needs_storage,
};

static Reply info(Call& call)
{
    return Reply{volume_info(call, volume_of_destination(call))};
}

int main(int argc, char** argv)
{
    return run(spec, info, argc, argv);
}
