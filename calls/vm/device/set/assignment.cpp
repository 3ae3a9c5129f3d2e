// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.vm.device.<class>.Set.assignment: the mode in which a device is given to a qube: required,
// auto-attach or ask-to-attach. The same mode again changes nothing.
//   destination: the qube   argument: the device   input: the mode   reply: empty

#include "life/device/assign.hpp"
#include "life/device/classes.hpp"

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.vm.device.Set.assignment",
    .summary = "Set in which mode a qube is given a device",
    .argument = Argument::required,
    .argument_is = "device",
    .input = Input::required,
    .input_is = "<mode>",
    .effect = Effect::write,
    .needs = needs_store | needs_devices,
    .needs_of = needs_of_device_class,
    .variants = device_classes,
    .variant_follows = device_call_family,
};

static Reply set(Call& call)
{
    return set_assignment(call, *device_class(call.variant()));
}

int main(int argc, char** argv)
{
    return run(spec, set, argc, argv);
}
