// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.vm.property.Help: what a property means, in one line.
//   destination: the qube   argument: the property   input: none   reply: the text

#include "call/call.hpp"
#include "life/property/change.hpp"

#include <string>

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.vm.property.Help",
    .summary = "Explain a property of a qube",
    .destination = Destination::qube,
    .argument = Argument::required,
    .argument_is = "property",
    .returns = "help.rst",
};

static Reply help(Call& call)
{
    return Reply{std::string{property_row(call.store(), call.destination(), call.argument()).help}};
}

int main(int argc, char** argv)
{
    return run(spec, help, argc, argv);
}
