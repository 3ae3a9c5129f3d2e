// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.vm.volume.ListSnapshots: the kept states of a volume of a qube, oldest first.
//   destination: the qube   argument: the volume   input: none   reply: `<snapshot>\n` each

#include "call/call.hpp"
#include "life/volume/describe.hpp"

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.vm.volume.ListSnapshots",
    .summary = "List the snapshots of a volume of a qube",
    .argument = Argument::required,
    .argument_is = "volume",
    .returns = "<snapshot>\n",
    .needs = needs_store | needs_storage,
};

static Reply list(Call& call)
{
    return Reply{volume_revisions(call, volume_of_destination(call))};
}

int main(int argc, char** argv)
{
    return run(spec, list, argc, argv);
}
