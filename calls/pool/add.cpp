// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.pool.Add: make what a new pool needs (the directory of a directory pool, not those above it)
// and name it in the store. A name that is taken is an error.
//   destination: dom0   argument: the pool, or the driver
//   input: `driver=<driver>`, or, behind a driver, `name=<pool>`, and the options of the driver, a
//   line each   reply: empty

#include "call/new_pool.hpp"

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.pool.Add",
    .summary = "Add a pool",
    .destination = Destination::dom0,
    .argument = Argument::required,
    .argument_is = "pool",
    .input = Input::required,
    .input_is = "<key>=<value>\n",
    .effect = Effect::write,
    .scope = Scope::global,
    .needs = needs_store | needs_storage | needs_root,
    .needs_of = needs_to_add_pool,
    .new_place = directory_of_new_pool,
};

static Reply add(Call& call)
{
    return add_pool(call, PoolRequest::parse(call.argument(), call.payload()));
}

int main(int argc, char** argv)
{
    return run(spec, add, argc, argv);
}
