// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.backup.Execute: make an archive of the qubes that a profile selects, encrypted by its
// passphrase, where the profile says. Each call makes another archive; one that does not succeed
// makes none, and leaves nothing.
//   destination: dom0   argument: the profile   input: none   reply: empty

#include "backup/source/execute.hpp"

#include "backup/destination/archive_destination.hpp"
#include "call/call.hpp"

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.backup.Execute",
    .summary = "Make a backup by a profile",
    .destination = Destination::dom0,
    .argument = Argument::required,
    .argument_is = "profile",
    .effect = Effect::execute,
    .scope = Scope::global,
    .needs = needs_store | needs_hypervisor | needs_storage | needs_backup | needs_profiles,
    .new_place = destination_place,
    .dry_run = false,
    .progress = true,
};

static Reply execute(Call& call)
{
    return execute_backup(call, ProfileId::parse(call.argument()));
}

int main(int argc, char** argv)
{
    return run(spec, execute, argc, argv);
}
