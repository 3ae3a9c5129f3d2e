// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.pool.volume.Info: what a volume of a pool is at this moment.
//   destination: dom0   argument: `pool:vid`, or the pool   input: with the pool alone, `<vid>`
//   reply: `<key>=<value>\n` each

#include "call/call.hpp"
#include "life/volume/describe.hpp"

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.pool.volume.Info",
    .summary = "Tell what a volume of a pool is",
    .destination = Destination::dom0,
    .argument = Argument::required,
    .argument_is = "pool:vid",
    .input = Input::optional,
    .input_is = "<vid>",
    .returns = "<key>=<value>\n",
    .scope = Scope::global,
    .needs = needs_store | needs_storage,
    .input_of = vid_as_input,
};

static Reply info(Call& call)
{
    return Reply{volume_info(call, VolumeRequest::parse(call.argument(), call.payload()))};
}

int main(int argc, char** argv)
{
    return run(spec, info, argc, argv);
}
