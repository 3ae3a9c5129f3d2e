// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.label.List: the labels, by index.
//   destination: dom0   argument: none   input: none   reply: a name a line

#include "call/call.hpp"

#include <string>

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.label.List",
    .summary = "List the labels",
    .destination = Destination::dom0,
    .returns = "<label>\n",
    .scope = Scope::global,
};

static Reply list(Call& call)
{
    std::string names;
    for (const StoredLabel& label : call.store().labels())
        names += label.name + "\n";
    return Reply{names};
}

int main(int argc, char** argv)
{
    return run(spec, list, argc, argv);
}
