// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.vm.volume.List: the volumes of a qube; dom0 has none.
//   destination: the qube   argument: a pool, for those in it   input: none   reply: `<volume>\n`
//   each

#include "call/call.hpp"
#include "life/volume/describe.hpp"

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.vm.volume.List",
    .summary = "List the volumes of a qube",
    .argument = Argument::optional,
    .argument_is = "pool",
    .returns = "<volume>\n",
};

static Reply list(Call& call)
{
    return Reply{volume_roles(call)};
}

int main(int argc, char** argv)
{
    return run(spec, list, argc, argv);
}
