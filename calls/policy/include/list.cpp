// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.policy.include.List: the files that policies include, by name. Answers unframed
// under its other name as well.
//   destination: dom0   argument: none   input: none   reply: `<name>\n`

#include "call/policy_file.hpp"

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.policy.include.List",
    .summary = "List the files that policies include",
    .destination = Destination::dom0,
    .returns = "<name>\n",
    .scope = Scope::global,
    .needs = needs_policy_files,
    .admin = false,
    .alias = "policy.include.List",
};

static Reply list(Call& call)
{
    return list_policy_files(call, PolicyPlace::includes);
}

int main(int argc, char** argv)
{
    return run(spec, list, argc, argv);
}
