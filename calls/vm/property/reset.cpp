// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.vm.property.Reset: give a property its default again. Resetting one that has it changes
// nothing.
//   destination: the qube   argument: the property   input: none   reply: empty

#include "call/call.hpp"
#include "life/property/change.hpp"

#include <optional>

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.vm.property.Reset",
    .summary = "Reset a property of a qube to its default",
    .destination = Destination::qube,
    .argument = Argument::required,
    .argument_is = "property",
    .effect = Effect::write,
    .needs = needs_store | needs_hypervisor | needs_storage | needs_kernels,
    .needs_of = needs_to_change_property,
};

static Reply reset(Call& call)
{
    const PropertyRow& row = property_row(call.store(), call.destination(), call.argument());
    return change_property(call, row, std::nullopt);
}

int main(int argc, char** argv)
{
    return run(spec, reset, argc, argv);
}
