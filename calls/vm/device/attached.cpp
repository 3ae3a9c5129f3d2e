// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.vm.device.<class>.Attached: the devices of a class that a qube has now.
//   destination: the qube   argument: a device, optional   input: none   reply: `<device>\n` each

#include "life/device/classes.hpp"
#include "life/device/list.hpp"

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.vm.device.Attached",
    .summary = "List the devices that a qube has now",
    .argument = Argument::optional,
    .argument_is = "device",
    .returns = "<device>\n",
    .needs = needs_of_devices,
    .needs_of = needs_of_device_class,
    .variants = device_classes,
    .variant_follows = device_call_family,
    .admin_returns = "<device> <properties>\n",
};

static Reply attached(Call& call)
{
    return list_devices(call, *device_class(call.variant()), Listed::attached);
}

int main(int argc, char** argv)
{
    return run(spec, attached, argc, argv);
}
