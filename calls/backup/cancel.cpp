// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.backup.Cancel: end the backup that is being made by a profile, and wait until it has ended;
// nothing of it is left then. Repeated, there is nothing to end: not-running.
//   destination: dom0   argument: the profile   input: none   reply: empty

#include "backup/cancel.hpp"

#include "call/call.hpp"

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.backup.Cancel",
    .summary = "Cancel the backup that is being made by a profile",
    .destination = Destination::dom0,
    .argument = Argument::required,
    .argument_is = "profile",
    .effect = Effect::execute,
    .scope = Scope::global,
    .needs = needs_store | needs_profiles | needs_signals | needs_root,
    .needs_of = needs_of_cancel,
    .dry_run = false,
};

static Reply cancel(Call& call)
{
    cancel_backup(call, ProfileId::parse(call.argument()));
    return {};
}

int main(int argc, char** argv)
{
    return run(spec, cancel, argc, argv);
}
