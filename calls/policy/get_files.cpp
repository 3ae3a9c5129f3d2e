// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.policy.GetFiles: the policy files that have rules for a service, in the order in which they
// are asked.
//   destination: dom0   argument: the service, without its argument   input: none
//   reply: `<file>\n`: names as List shows them, and of files elsewhere the path

#include "call/policy_file.hpp"

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.policy.GetFiles",
    .summary = "List the policy files that have rules for a service",
    .destination = Destination::dom0,
    .argument = Argument::required,
    .argument_is = "service",
    .returns = "<file>\n",
    .scope = Scope::global,
    .needs = needs_policy_files,
    .admin = false,
    .alias = "policy.GetFiles",
};

int main(int argc, char** argv)
{
    return run(spec, get_files_for_service, argc, argv);
}
