// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.vm.volume.Attach: give a qube a volume besides its own. What it has in this way already
// stays.
//   destination: the qube   argument: `pool:vid`, or a volume that the qube has in the store
//   input: options, or nothing   reply: empty

#include "life/volume/attach.hpp"

#include "call/call.hpp"

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.vm.volume.Attach",
    .summary = "Attach a volume to a qube",
    .destination = Destination::not_dom0,
    .argument = Argument::required,
    .argument_is = "volume",
    .input = Input::optional,
    .input_is = "rw=<bool> persistent=<bool> frontend-dev=<disk> name=<volume>",
    .effect = Effect::write,
    .needs = needs_store | needs_hypervisor | needs_storage,
    .admin = false,
    .dry_run = false,
};

static Reply attach(Call& call)
{
    attach_volume(call);
    return {};
}

int main(int argc, char** argv)
{
    return run(spec, attach, argc, argv);
}
