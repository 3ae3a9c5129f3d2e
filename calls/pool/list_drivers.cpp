// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.pool.ListDrivers: the drivers that pools may have, and what mgmt.pool.Add takes for each.
//   destination: dom0   argument: none   input: none   reply: `<driver> <option> <option>...` a
//   line

#include "call/call.hpp"
#include "storage/driver_table.hpp"

#include <string>

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.pool.ListDrivers",
    .summary = "List the drivers of pools and their options",
    .destination = Destination::dom0,
    .returns = "<driver> <options>\n",
    .scope = Scope::global,
    .needs = needs_nothing,
};

static Reply list(Call&)
{
    std::string rows;
    for (const Driver& driver : drivers()) {
        rows += driver.name;
        for (const DriverOption& option : driver.options)
            (rows += ' ') += option.name;
        rows += '\n';
    }
    return Reply{rows};
}

int main(int argc, char** argv)
{
    return run(spec, list, argc, argv);
}
