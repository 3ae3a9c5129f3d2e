// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.vm.CloneInPool: make a copy of a halted qube with volumes in other pools.
//   destination: the qube   argument: none   reply: empty
//   input: `name=<name> pool=<pool>` or `name=<name> pool:<volume>=<pool> ...`

#include "call/call.hpp"
#include "names/create_request.hpp"
#include "qube/create.hpp"

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.vm.CloneInPool",
    .summary = "Make a copy of a qube with its volumes in other pools",
    .input = Input::required,
    .input_is = "name=<name> pool=<pool> pool:<volume>=<pool>",
    .effect = Effect::write,
    .scope = Scope::global,
    .needs = needs_store | needs_hypervisor | needs_storage,
};

static Reply clone(Call& call)
{
    return clone_qube(call, CreateRequest::parse(call.payload(), CreateRequest::Pools::allowed,
                                                 CreateRequest::Label::refused));
}

int main(int argc, char** argv)
{
    return run(spec, clone, argc, argv);
}
