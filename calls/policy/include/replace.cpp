// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.policy.include.Replace: write a file that policies include, new or not, if the policy then
// is one. With the content that is there already nothing is written.
//   destination: dom0   argument: the file   reply: empty
//   input: `<token>\n<content>`: the token that Get has shown, `new` or `any`

#include "call/policy_file.hpp"

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.policy.include.Replace",
    .summary = "Write a file that policies include",
    .destination = Destination::dom0,
    .argument = Argument::required,
    .argument_is = "policy file",
    .input = Input::required,
    .input_is = "<token>\n<content>",
    .effect = Effect::write,
    .scope = Scope::global,
    .needs = needs_policy_files | needs_root,
    .needs_of = needs_to_change_policy,
    .payload_limit = policy_payload_limit,
    .admin = false,
    .alias = "policy.include.Replace",
};

static Reply replace(Call& call)
{
    return replace_policy_file(call, PolicyPlace::includes);
}

int main(int argc, char** argv)
{
    return run(spec, replace, argc, argv);
}
