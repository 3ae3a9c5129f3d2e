// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.backup.Info: what a backup by a profile would hold now, how the last one went, and how far
// the present one has come. Qubes that it does not select are not named. Nothing is asked of
// another qube, and no passphrase.
//   destination: dom0   argument: the profile   input: none
//   reply: lines that begin with config, vm, total, last and run

#include "backup/info.hpp"

#include "call/call.hpp"

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.backup.Info",
    .summary = "Tell what a backup by a profile holds and how the last one went",
    .destination = Destination::dom0,
    .argument = Argument::required,
    .argument_is = "profile",
    .returns = "<what> <facts>\n",
    .scope = Scope::global,
    .needs = needs_store | needs_hypervisor | needs_storage | needs_profiles,
};

static Reply info(Call& call)
{
    return Reply{backup_info(call, ProfileId::parse(call.argument()))};
}

int main(int argc, char** argv)
{
    return run(spec, info, argc, argv);
}
