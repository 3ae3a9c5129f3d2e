// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.property.Get: the value of a property, and whether it is the default.
//   destination: dom0   argument: the property   input: none
//   reply: `default={yes|no} type=<type> <value>`

#include "call/call.hpp"
#include "life/property/change.hpp"
#include "life/property/live.hpp"
#include "life/property/text.hpp"

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.property.Get",
    .summary = "Get a property of the system",
    .destination = Destination::dom0,
    .argument = Argument::required,
    .argument_is = "property",
    .returns = "default={yes|no} type={str|int|bool|vm|label} <value>",
    .scope = Scope::global,
    .needs = needs_store | needs_hypervisor,
    .needs_of = needs_to_read_property,
    .admin_returns = "default={True|False} type={str|int|bool|vm|label} <value>",
};

static Reply get(Call& call)
{
    const PropertyRow& row = global_row(call.store(), call.argument());
    SystemValues live{call};
    Effective effective{call.store(), live};
    const PropertyValue value = effective.global(row);
    return Reply{call.request().admin ? upstream_text(row, value) : typed_text(row, value)};
}

int main(int argc, char** argv)
{
    return run(spec, get, argc, argv);
}
