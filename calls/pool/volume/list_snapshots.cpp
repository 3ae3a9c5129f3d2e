// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.pool.volume.ListSnapshots: the kept states of a volume of a pool, oldest first.
//   destination: dom0   argument: `pool:vid`, or the pool   input: with the pool alone, `<vid>`
//   reply: `<snapshot>\n` each

#include "call/call.hpp"
#include "life/volume/describe.hpp"

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.pool.volume.ListSnapshots",
    .summary = "List the snapshots of a volume of a pool",
    .destination = Destination::dom0,
    .argument = Argument::required,
    .argument_is = "pool:vid",
    .input = Input::optional,
    .input_is = "<vid>",
    .returns = "<snapshot>\n",
    .scope = Scope::global,
    .needs = needs_store | needs_storage,
    .input_of = vid_as_input,
};

static Reply list(Call& call)
{
    return Reply{volume_revisions(call, VolumeRequest::parse(call.argument(), call.payload()))};
}

int main(int argc, char** argv)
{
    return run(spec, list, argc, argv);
}
