// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.vm.property.List: the names of the properties of a qube, stored and computed.
//   destination: the qube   argument: none   input: none   reply: a name a line

#include "call/call.hpp"
#include "store/property_table.hpp"

#include <string>

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.vm.property.List",
    .summary = "List the properties of a qube",
    .destination = Destination::qube,
    .returns = "<property>\n",
};

static Reply list(Call& call)
{
    const Dialect dialect = call.store().dialect();
    const unsigned klass = call.destination().class_bit();
    std::string names;
    for (const PropertyRow& row : qube_properties()) {
        if ((row.classes(dialect) & klass) != 0)
            names += std::string{row.name} + "\n";
    }
    return Reply{names};
}

int main(int argc, char** argv)
{
    return run(spec, list, argc, argv);
}
