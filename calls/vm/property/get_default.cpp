// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.vm.property.GetDefault: what a property is worth while it is not set.
//   destination: the qube   argument: the property   input: none
//   reply: `type=<type> <value>`; empty when there is no default

#include "call/call.hpp"
#include "life/property/change.hpp"
#include "life/property/live.hpp"

#include <string>

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.vm.property.GetDefault",
    .summary = "Get the default of a property of a qube",
    .argument = Argument::required,
    .argument_is = "property",
    .returns = "type={str|int|bool|vm|label} <value>",
    .needs = needs_store | needs_hypervisor | needs_kernels,
    .needs_of = needs_to_read_property,
};

static Reply get_default(Call& call)
{
    const PropertyRow& row = property_row(call.store(), call.destination(), call.argument());
    SystemValues live{call};
    Effective effective{call.store(), live};
    const PropertyValue value = effective.default_value(call.destination(), row);
    if (!value.exists)
        return {};
    return Reply{"type=" + std::string{wire_name(row.type)} + " " + value.text};
}

int main(int argc, char** argv)
{
    return run(spec, get_default, argc, argv);
}
