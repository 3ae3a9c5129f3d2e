// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.vm.property.Get: the value of a property, and whether it is the default.
//   destination: the qube   argument: the property   input: none
//   reply: `default={yes|no} <value>`

#include "call/call.hpp"
#include "life/property/change.hpp"
#include "life/property/live.hpp"
#include "life/property/text.hpp"

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.vm.property.Get",
    .summary = "Get a property of a qube",
    .destination = Destination::qube,
    .argument = Argument::required,
    .argument_is = "property",
    .returns = "default={yes|no} <value>",
    .needs = needs_store | needs_hypervisor | needs_kernels,
    .needs_of = needs_to_read_property,
    .admin_returns = "default={True|False} type={str|int|bool|vm|label} <value>",
};

static Reply get(Call& call)
{
    const PropertyRow& row = property_row(call.store(), call.destination(), call.argument());
    SystemValues live{call};
    Effective effective{call.store(), live};
    const PropertyValue value = effective.value(call.destination(), row);
    return Reply{call.request().admin ? upstream_text(row, value) : plain_text(value)};
}

int main(int argc, char** argv)
{
    return run(spec, get, argc, argv);
}
