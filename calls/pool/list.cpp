// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.pool.List: the pools, in the order of the store, which is that of their creation.
//   destination: dom0   argument: none   input: none   reply: a name a line

#include "call/call.hpp"

#include <string>

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.pool.List",
    .summary = "List the pools",
    .destination = Destination::dom0,
    .returns = "<pool>\n",
    .scope = Scope::global,
};

static Reply list(Call& call)
{
    std::string names;
    for (const StoredPool& pool : call.store().pools())
        names += pool.name + "\n";
    return Reply{names};
}

int main(int argc, char** argv)
{
    return run(spec, list, argc, argv);
}
