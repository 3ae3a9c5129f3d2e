// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.vm.CreateTemplate: make a template, halted, with label black, an empty private volume and
// the tag created-by-<caller>, whose root is the data that comes in.
//   destination: dom0   argument: its name   input: raw data, the image of a disk   reply: empty

#include "call/call.hpp"
#include "qube/create.hpp"

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.vm.CreateTemplate",
    .summary = "Create a template from the image of its root",
    .destination = Destination::dom0,
    .argument = Argument::required,
    .argument_is = "name",
    .input = Input::stream,
    .effect = Effect::write,
    .scope = Scope::global,
    .needs = needs_store | needs_storage,
    .dry_run = false,
};

int main(int argc, char** argv)
{
    return run(spec, create_template, argc, argv);
}
