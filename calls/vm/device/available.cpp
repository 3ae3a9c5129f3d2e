// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.vm.device.<class>.Available: the devices of a class that a qube exposes to others. One that
// does not run exposes none. A device that is not there is no error.
//   destination: the qube   argument: a device, optional   input: none   reply: `<device>\n` each

#include "life/device/classes.hpp"
#include "life/device/list.hpp"

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.vm.device.Available",
    .summary = "List the devices that a qube exposes to others",
    .argument = Argument::optional,
    .argument_is = "device",
    .returns = "<device>\n",
    .needs = needs_of_devices,
    .needs_of = needs_of_exposed_devices,
    .variants = device_classes,
    .variant_follows = device_call_family,
    .admin_returns = "<device> <properties>\n",
};

static Reply available(Call& call)
{
    return available_devices(call, *device_class(call.variant()));
}

int main(int argc, char** argv)
{
    return run(spec, available, argc, argv);
}
