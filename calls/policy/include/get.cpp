// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.policy.include.Get: the content of a file that policies include, behind the token that a
// change of it wants.
//   destination: dom0   argument: the file   input: none   reply: `<token>\n<content>`

#include "call/policy_file.hpp"

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.policy.include.Get",
    .summary = "Show a file that policies include",
    .destination = Destination::dom0,
    .argument = Argument::required,
    .argument_is = "policy file",
    .returns = "<token>\n<content>",
    .scope = Scope::global,
    .needs = needs_policy_files,
    .admin = false,
    .alias = "policy.include.Get",
};

static Reply get(Call& call)
{
    return get_policy_file(call, PolicyPlace::includes);
}

int main(int argc, char** argv)
{
    return run(spec, get, argc, argv);
}
