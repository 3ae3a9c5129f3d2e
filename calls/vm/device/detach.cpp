// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.vm.device.<class>.Detach: take a device from a qube, now and for good; as admin.* only now.
// A device that it does not have is an error.
//   destination: the qube   argument: the device   input: none   reply: empty

#include "life/device/detach.hpp"

#include "life/device/classes.hpp"

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.vm.device.Detach",
    .summary = "Detach a device from a qube",
    .argument = Argument::required,
    .argument_is = "device",
    .effect = Effect::execute,
    .needs = needs_of_devices,
    .needs_of = needs_of_device_class,
    .variants = device_classes,
    .variant_follows = device_call_family,
};

static Reply detach(Call& call)
{
    return detach_device(call, *device_class(call.variant()));
}

int main(int argc, char** argv)
{
    return run(spec, detach, argc, argv);
}
