// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.vm.CreateDisposable: make a disposable, halted, that is removed when it has shut down. Each
// repetition makes another one.
//   destination: its disposable template; dom0: the caller's default one   argument: none
//   input: empty, or `uuid`   reply: its name; with `uuid`: `uuid:<uuid>`

#include "base/error.hpp"
#include "call/call.hpp"
#include "qube/create.hpp"

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.vm.CreateDisposable",
    .summary = "Create a disposable that is removed when it has shut down",
    .input = Input::optional,
    .input_is = "uuid",
    .returns = "<name>",
    .effect = Effect::write,
    .scope = Scope::global,
    .needs = needs_store | needs_storage,
};

static Reply create(Call& call)
{
    if (!call.payload().empty() && call.payload() != "uuid")
        throw Error{failure::bad_value, "the input is neither empty nor 'uuid'"};
    return create_disposable(call, !call.payload().empty());
}

int main(int argc, char** argv)
{
    return run(spec, create, argc, argv);
}
