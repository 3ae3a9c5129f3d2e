// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.vm.property.GetAll: all properties of a qube at once.
//   destination: the qube   argument: none   input: none
//   reply: `<name> default={yes|no} type=<type> <value>` a line, with \\ and \n in the value
//   escaped

#include "base/error.hpp"
#include "call/call.hpp"
#include "life/property/live.hpp"
#include "life/property/text.hpp"

#include <string>

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.vm.property.GetAll",
    .summary = "Get all properties of a qube",
    .returns = "<name> default={yes|no} type={str|int|bool|vm|label} <value>\n",
    .needs = needs_store | needs_hypervisor | needs_kernels,
    .admin_returns = "<name> default={True|False} type={str|int|bool|vm|label} <value>\n",
};

// A value that the hypervisor cannot tell now is left out; all others are still worth having.
static void append_row(Call& call, Effective& effective, const PropertyRow& row, std::string& rows)
{
    try {
        const PropertyValue value = effective.value(call.destination(), row);
        rows += std::string{row.name} + " ";
        rows +=
            escape_row(call.request().admin ? upstream_text(row, value) : typed_text(row, value));
        rows += '\n';
    } catch (const Error&) {
        return;
    }
}

static Reply get_all(Call& call)
{
    const Dialect dialect = call.store().dialect();
    const unsigned klass = call.destination().class_bit();
    SystemValues live{call};
    Effective effective{call.store(), live};
    std::string rows;
    for (const PropertyRow& row : qube_properties()) {
        if ((row.classes(dialect) & klass) != 0)
            append_row(call, effective, row, rows);
    }
    return Reply{rows};
}

int main(int argc, char** argv)
{
    return run(spec, get_all, argc, argv);
}
