// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.property.Help: what a property means, in one line.
//   destination: dom0   argument: the property   input: none   reply: the text

#include "call/call.hpp"
#include "life/property/change.hpp"

#include <string>

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.property.Help",
    .summary = "Explain a property of the system",
    .destination = Destination::dom0,
    .argument = Argument::required,
    .argument_is = "property",
    .returns = "help.rst",
    .scope = Scope::global,
};

static Reply help(Call& call)
{
    return Reply{std::string{global_row(call.store(), call.argument()).help}};
}

int main(int argc, char** argv)
{
    return run(spec, help, argc, argv);
}
