// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.vm.device.<class>.Assigned: the devices of a class that a qube is given for good.
//   destination: the qube   argument: a device, optional   input: none   reply: `<device>\n` each

#include "life/device/classes.hpp"
#include "life/device/list.hpp"

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.vm.device.Assigned",
    .summary = "List the devices that a qube is given for good",
    .argument = Argument::optional,
    .argument_is = "device",
    .returns = "<device>\n",
    .needs = needs_store | needs_devices,
    .needs_of = needs_of_device_class,
    .variants = device_classes,
    .variant_follows = device_call_family,
    .admin_returns = "<device> <properties>\n",
};

static Reply assigned(Call& call)
{
    return list_devices(call, *device_class(call.variant()), Listed::assigned);
}

int main(int argc, char** argv)
{
    return run(spec, assigned, argc, argv);
}
