// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.pool.Info: how a pool is set up, its size and what of it is taken, in bytes, where that can
// be known, and the pool that it takes its room from, where there is one.
//   destination: dom0   argument: the pool   input: none   reply: `key=value` a line

#include "call/pool.hpp"
#include "call/pool_info.hpp"

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.pool.Info",
    .summary = "Show how a pool is set up, its size and its usage",
    .destination = Destination::dom0,
    .argument = Argument::required,
    .argument_is = "pool",
    .returns = "<key>=<value>\n",
    .scope = Scope::global,
    .needs = needs_store | needs_storage,
};

static Reply info(Call& call)
{
    const Store& store = call.store();
    return Reply{pool_info(store, find_pool(call, store, call.argument()))};
}

int main(int argc, char** argv)
{
    return run(spec, info, argc, argv);
}
