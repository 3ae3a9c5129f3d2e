// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.pool.volume.Extend: grow a volume that a qube has, or, with no size, tell its size.
//   destination: dom0   argument: `pool:vid`, or the pool
//   input: `<size_in_bytes>` or nothing, with the pool alone behind `<vid>`
//   reply: `<size_in_bytes>`

#include "call/call.hpp"
#include "life/volume/verbs.hpp"

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.pool.volume.Extend",
    .summary = "Grow a volume of a pool",
    .destination = Destination::dom0,
    .argument = Argument::required,
    .argument_is = "pool:vid",
    .input = Input::optional,
    .input_is = "<size_in_bytes>",
    .returns = "<size_in_bytes>",
    .effect = Effect::write,
    .scope = Scope::global,
    .needs = needs_store | needs_hypervisor | needs_storage,
    .dry_run = false,
};

static Reply extend(Call& call)
{
    const auto wanted = VolumeRequest::parse(call.argument(), call.payload());
    if (wanted.value.empty())
        return Reply{std::to_string(volume_size(call, owner_to_change(call, wanted)))};
    const auto size = parse_volume_size(wanted.value);
    return Reply{std::to_string(extend_volume(call, owner_to_change(call, wanted), size))};
}

int main(int argc, char** argv)
{
    return run(spec, extend, argc, argv);
}
