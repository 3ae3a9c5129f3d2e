// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.vm.device.<class>.Unassign: a device is not given to a qube any more. What is attached now
// stays. A device that it is not given is an error.
//   destination: the qube   argument: the device   input: none   reply: empty

#include "life/device/assign.hpp"
#include "life/device/classes.hpp"

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.vm.device.Unassign",
    .summary = "Stop giving a qube a device",
    .argument = Argument::required,
    .argument_is = "device",
    .effect = Effect::write,
    .needs = needs_store | needs_devices,
    .needs_of = needs_of_device_class,
    .variants = device_classes,
    .variant_follows = device_call_family,
};

static Reply unassign(Call& call)
{
    return unassign_device(call, *device_class(call.variant()));
}

int main(int argc, char** argv)
{
    return run(spec, unassign, argc, argv);
}
