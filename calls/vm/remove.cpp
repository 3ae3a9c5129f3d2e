// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.vm.Remove: remove a halted qube, its volumes and everything else that is its own.
//   destination: the qube   argument: none   input: none   reply: empty

#include "qube/remove.hpp"

#include "call/call.hpp"

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.vm.Remove",
    .summary = "Remove a qube",
    .effect = Effect::write,
    .scope = Scope::global,
    .needs = needs_store | needs_hypervisor | needs_storage,
};

static Reply remove(Call& call)
{
    return remove_qube(call);
}

int main(int argc, char** argv)
{
    return run(spec, remove, argc, argv);
}
