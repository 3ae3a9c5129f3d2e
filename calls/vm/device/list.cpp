// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.vm.device.<class>.List: the devices of a class that a qube has now or is given for good. A
// device that it does not have is no error.
//   destination: the qube   argument: a device, optional   input: none   reply: `<device>\n` each

#include "life/device/list.hpp"

#include "life/device/classes.hpp"

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.vm.device.List",
    .summary = "List the devices that a qube has, now or for good",
    .argument = Argument::optional,
    .argument_is = "device",
    .returns = "<device>\n",
    .needs = needs_of_devices,
    .needs_of = needs_of_device_class,
    .variants = device_classes,
    .variant_follows = device_call_family,
    .admin = false,
};

static Reply list(Call& call)
{
    return list_devices(call, *device_class(call.variant()), Listed::both);
}

int main(int argc, char** argv)
{
    return run(spec, list, argc, argv);
}
