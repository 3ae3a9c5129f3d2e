// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.policy.Get: the content of a policy file, behind the token that a change of it wants.
//   destination: dom0   argument: the file   input: none   reply: `<token>\n<content>`

#include "call/policy_file.hpp"

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.policy.Get",
    .summary = "Show a policy file",
    .destination = Destination::dom0,
    .argument = Argument::required,
    .argument_is = "policy file",
    .returns = "<token>\n<content>",
    .scope = Scope::global,
    .needs = needs_policy_files,
    .admin = false,
    .alias = "policy.Get",
};

static Reply get(Call& call)
{
    return get_policy_file(call, PolicyPlace::policies);
}

int main(int argc, char** argv)
{
    return run(spec, get, argc, argv);
}
