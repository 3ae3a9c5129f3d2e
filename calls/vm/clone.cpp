// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.vm.Clone: make a copy of a halted qube, with its volumes, settings, tags, devices and
// firewall rules, and the tag created-by-<caller>.
//   destination: the qube   argument: none   input: `name=<name>`   reply: empty

#include "call/call.hpp"
#include "names/create_request.hpp"
#include "qube/create.hpp"

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.vm.Clone",
    .summary = "Make a copy of a qube",
    .input = Input::required,
    .input_is = "name=<name>",
    .effect = Effect::write,
    .scope = Scope::global,
    .needs = needs_store | needs_hypervisor | needs_storage,
};

static Reply clone(Call& call)
{
    return clone_qube(call, CreateRequest::parse(call.payload(), CreateRequest::Pools::refused,
                                                 CreateRequest::Label::refused));
}

int main(int argc, char** argv)
{
    return run(spec, clone, argc, argv);
}
