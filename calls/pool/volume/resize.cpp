// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.pool.volume.Resize: grow a volume that a qube has.
//   destination: dom0   argument: `pool:vid`, or the pool
//   input: `<size_in_bytes>`, with the pool alone `<vid> <size_in_bytes>`   reply: empty

#include "call/call.hpp"
#include "life/volume/verbs.hpp"

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.pool.volume.Resize",
    .summary = "Grow a volume of a pool",
    .destination = Destination::dom0,
    .argument = Argument::required,
    .argument_is = "pool:vid",
    .input = Input::required,
    .input_is = "<size_in_bytes>",
    .effect = Effect::write,
    .scope = Scope::global,
    .needs = needs_store | needs_hypervisor | needs_storage,
    .dry_run = false,
};

static Reply resize(Call& call)
{
    const auto wanted = VolumeRequest::parse(call.argument(), call.payload());
    const auto size = parse_volume_size(wanted.value);
    extend_volume(call, owner_to_change(call, wanted), size);
    return {};
}

int main(int argc, char** argv)
{
    return run(spec, resize, argc, argv);
}
