// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.pool.volume.Import: replace the content of a volume by exactly as much data as it is large;
// the qube that has it is halted. The content it had is kept as the newest snapshot.
//   destination: dom0   argument: `pool:vid`, or the pool
//   input: raw data, with the pool alone `<vid>`, a line end, raw data   reply: empty

#include "life/volume/import.hpp"

#include "call/call.hpp"

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.pool.volume.Import",
    .summary = "Replace the content of a volume of a pool by data of its size",
    .destination = Destination::dom0,
    .argument = Argument::required,
    .argument_is = "pool:vid",
    .input = Input::stream,
    .effect = Effect::write,
    .scope = Scope::global,
    .needs = needs_store | needs_hypervisor | needs_storage,
    .dry_run = false,
};

static Reply import_data(Call& call)
{
    auto input = standard_input(call);
    const auto wanted = read_volume_request(call, input);
    import_volume(call, owner_to_change(call, wanted), input);
    return {};
}

int main(int argc, char** argv)
{
    return run(spec, import_data, argc, argv);
}
