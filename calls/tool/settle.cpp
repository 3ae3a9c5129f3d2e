// SPDX-License-Identifier: GPL-2.0-or-later
//
// qubes-mgmt-settle UUID: clean up after a qube that has stopped by itself. What libvirt's hook
// starts; by hand it does no harm: nothing happens while the qube runs, nor when there is nothing
// to clean up. With --abort-start, what a Start that ran out of time has left is destroyed first.

#include "base/error.hpp"
#include "call/call.hpp"
#include "life/unattended/settle_by_uuid.hpp"

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "qubes-mgmt-settle",
    .summary = "Clean up after a qube that has stopped",
    .destination = Destination::none,
    .argument = Argument::required,
    .argument_is = "uuid",
    .effect = Effect::execute,
    .needs = needs_store | needs_hypervisor | needs_storage,
    .admin = false,
    .flag = "abort-start",
    .flag_is = "destroy first what a start that ran out of time has left",
};

static Reply settle(Call& call)
{
    const auto uuid = Uuid::parse(call.argument());
    if (!uuid)
        throw Error{failure::invalid_uuid, "the argument is not a valid uuid"};
    call.act();
    if (call.request().flag)
        abort_start(call, *uuid);
    else
        settle_by_uuid(call, *uuid);
    return {};
}

int main(int argc, char** argv)
{
    return run(spec, settle, argc, argv);
}
