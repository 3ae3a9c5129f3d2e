// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.pool.UsageDetails: how much a pool holds and what of it is taken, in bytes; for its data,
// and for its bookkeeping where that can run out of room by itself. What is unknown is left out.
//   destination: dom0   argument: the pool   input: none   reply: `key=value` a line, sorted

#include "call/pool.hpp"
#include "call/pool_info.hpp"

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.pool.UsageDetails",
    .summary = "Show the usage of a pool in detail",
    .destination = Destination::dom0,
    .argument = Argument::required,
    .argument_is = "pool",
    .returns = "<key>=<bytes>\n",
    .scope = Scope::global,
    .needs = needs_store | needs_storage,
};

static Reply details(Call& call)
{
    const Store& store = call.store();
    return Reply{pool_usage_details(store, find_pool(call, store, call.argument()))};
}

int main(int argc, char** argv)
{
    return run(spec, details, argc, argv);
}
