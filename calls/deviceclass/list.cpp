// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.deviceclass.List: the classes of devices that there are.
//   destination: dom0   argument: none   input: none   reply: `<class>\n` each

#include "life/device/classes.hpp"

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.deviceclass.List",
    .summary = "List the classes of devices",
    .destination = Destination::dom0,
    .returns = "<class>\n",
    .scope = Scope::global,
    .needs = needs_nothing,
};

static Reply list(Call& /*call*/)
{
    std::string rows;
    for (const std::string_view name : device_classes)
        rows += std::string{name} + "\n";
    return Reply{rows};
}

int main(int argc, char** argv)
{
    return run(spec, list, argc, argv);
}
