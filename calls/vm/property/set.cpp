// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.vm.property.Set: give a property a value. The same value again changes nothing.
//   destination: the qube   argument: the property   input: the value, to the byte; empty: none
//   reply: empty

#include "call/call.hpp"
#include "life/property/change.hpp"
#include "store/property_value.hpp"

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.vm.property.Set",
    .summary = "Set a property of a qube",
    .destination = Destination::qube,
    .argument = Argument::required,
    .argument_is = "property",
    .input = Input::optional,
    .input_is = "value",
    .effect = Effect::write,
    .needs = needs_store | needs_hypervisor | needs_storage | needs_kernels,
    .needs_of = needs_to_change_property,
};

static Reply set(Call& call)
{
    const PropertyRow& row = property_row(call.store(), call.destination(), call.argument());
    return change_property(call, row, check_syntax(row, call.payload(), call.store().dialect()));
}

int main(int argc, char** argv)
{
    return run(spec, set, argc, argv);
}
