// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.property.List: the names of the properties of the system, stored and computed.
//   destination: dom0   argument: none   input: none   reply: a name a line

#include "call/call.hpp"
#include "store/property_table.hpp"

#include <string>

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.property.List",
    .summary = "List the properties of the system",
    .destination = Destination::dom0,
    .returns = "<property>\n",
    .scope = Scope::global,
};

static Reply list(Call& call)
{
    const Dialect dialect = call.store().dialect();
    std::string names;
    for (const PropertyRow& row : global_properties()) {
        if (row.classes(dialect) != 0)
            names += std::string{row.name} + "\n";
    }
    return Reply{names};
}

int main(int argc, char** argv)
{
    return run(spec, list, argc, argv);
}
