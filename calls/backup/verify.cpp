// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.backup.Verify: check that an archive is whole and could be restored, every byte of it.
// Nothing is made or changed, and no name of this host matters.
//   destination: dom0   argument: a profile   input: an archive, maybe options before it
//   reply: a line for the archive, one a qube, one for the result

#include "backup/restore/restore.hpp"
#include "call/call.hpp"

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.backup.Verify",
    .summary = "Check an archive of a backup",
    .destination = Destination::dom0,
    .argument = Argument::required,
    .argument_is = "profile",
    .input = Input::stream,
    .returns = "vm name=<name> as=<name> result=<result>\n",
    .effect = Effect::read,
    .scope = Scope::global,
    .needs = needs_store | needs_hypervisor | needs_profiles | needs_backup,
    .admin = false,
};

int main(int argc, char** argv)
{
    return run(spec, verify_backup, argc, argv);
}
