// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.backup.Restore: make the qubes of an archive again, halted, all of them or none. What is
// there already is never overwritten: a second restore fails unless it is told to skip or to
// rename.
//   destination: dom0   argument: a profile   input: an archive, maybe options before it
//   reply: a line for the archive, one a qube, one for the result

#include "backup/restore/restore.hpp"

#include "call/call.hpp"

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.backup.Restore",
    .summary = "Make the qubes of a backup again",
    .destination = Destination::dom0,
    .argument = Argument::required,
    .argument_is = "profile",
    .input = Input::stream,
    .returns = "vm name=<name> as=<name> result=<result>\n",
    .effect = Effect::write,
    .scope = Scope::global,
    .needs = needs_store | needs_hypervisor | needs_storage | needs_devices | needs_profiles |
             needs_backup,
    .admin = false,
    .dry_run = false,
};

int main(int argc, char** argv)
{
    return run(spec, restore_backup, argc, argv);
}
