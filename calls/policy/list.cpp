// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.policy.List: the policy files of qrexec, by name, without their suffix. Answers unframed
// under its other name as well.
//   destination: dom0   argument: none   input: none   reply: `<name>\n`

#include "call/policy_file.hpp"

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.policy.List",
    .summary = "List the policy files of qrexec",
    .destination = Destination::dom0,
    .returns = "<name>\n",
    .scope = Scope::global,
    .needs = needs_policy_files,
    .admin = false,
    .alias = "policy.List",
};

static Reply list(Call& call)
{
    return list_policy_files(call, PolicyPlace::policies);
}

int main(int argc, char** argv)
{
    return run(spec, list, argc, argv);
}
