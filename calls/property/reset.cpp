// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.property.Reset: give a property its default again. Resetting one that has it changes
// nothing.
//   destination: dom0   argument: the property   input: none   reply: empty

#include "call/call.hpp"
#include "life/property/change.hpp"

#include <optional>

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.property.Reset",
    .summary = "Reset a property of the system to its default",
    .destination = Destination::dom0,
    .argument = Argument::required,
    .argument_is = "property",
    .effect = Effect::write,
    .scope = Scope::global,
    .needs = needs_store | needs_hypervisor | needs_kernels,
    .needs_of = needs_to_change_property,
};

static Reply reset(Call& call)
{
    const PropertyRow& row = global_row(call.store(), call.argument());
    return change_global(call, row, std::nullopt);
}

int main(int argc, char** argv)
{
    return run(spec, reset, argc, argv);
}
