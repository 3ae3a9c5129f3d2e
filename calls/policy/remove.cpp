// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.policy.Remove: remove a policy file, if the policy is still one without it. One that is not
// there is an error.
//   destination: dom0   argument: the file   reply: empty
//   input: the token that Get has shown, `new` or `any`

#include "call/policy_file.hpp"

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.policy.Remove",
    .summary = "Remove a policy file",
    .destination = Destination::dom0,
    .argument = Argument::required,
    .argument_is = "policy file",
    .input = Input::required,
    .input_is = "<token>",
    .effect = Effect::write,
    .scope = Scope::global,
    .needs = needs_policy_files | needs_root,
    .needs_of = needs_to_change_policy,
    .admin = false,
    .alias = "policy.Remove",
};

static Reply remove_file(Call& call)
{
    return remove_policy_file(call, PolicyPlace::policies);
}

int main(int argc, char** argv)
{
    return run(spec, remove_file, argc, argv);
}
