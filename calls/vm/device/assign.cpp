// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.vm.device.<class>.Assign: give a qube a device for good, in a mode: required, auto-attach or
// ask-to-attach. A running qube does not get it now. A device that it is given already is an error.
//   destination: the qube   argument: the device   input: mode and options   reply: empty

#include "life/device/assign.hpp"

#include "life/device/classes.hpp"

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.vm.device.Assign",
    .summary = "Give a qube a device for good",
    .argument = Argument::required,
    .argument_is = "device",
    .input = Input::required,
    .input_is = "mode=<mode> <option>=<value>",
    .effect = Effect::write,
    .needs = needs_store | needs_devices,
    .needs_of = needs_of_device_class,
    .variants = device_classes,
    .variant_follows = device_call_family,
};

static Reply assign(Call& call)
{
    return assign_device(call, *device_class(call.variant()));
}

int main(int argc, char** argv)
{
    return run(spec, assign, argc, argv);
}
