// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.pool.volume.List: the volumes found in a pool, whether or not a qube has them, by bytes.
//   destination: dom0   argument: the pool   input: none   reply: a vid a line

#include "base/ascii.hpp"
#include "call/pool.hpp"
#include "storage/pool_table.hpp"

#include <string>

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.pool.volume.List",
    .summary = "List the volumes in a pool",
    .destination = Destination::dom0,
    .argument = Argument::required,
    .argument_is = "pool",
    .returns = "<vid>\n",
    .scope = Scope::global,
    .needs = needs_store | needs_storage,
};

static Reply list(Call& call)
{
    const Store& store = call.store();
    PoolTable pools{store};
    std::string rows;
    for (const std::string& vid : pools.pool(find_pool(call, store, call.argument()).name).list())
        if (is_printable_word(vid)) // no volume of ours has another name
            rows += vid + "\n";
    return Reply{rows};
}

int main(int argc, char** argv)
{
    return run(spec, list, argc, argv);
}
