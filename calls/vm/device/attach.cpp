// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.vm.device.<class>.Attach: attach a device to a running qube, and with persistent=yes give it
// for good, running or not. The same again changes nothing; as admin.* it is an error.
//   destination: the qube   argument: the device   input: options, may be empty   reply: empty

#include "life/device/attach.hpp"

#include "life/device/classes.hpp"

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.vm.device.Attach",
    .summary = "Attach a device to a qube",
    .argument = Argument::required,
    .argument_is = "device",
    .input = Input::optional,
    .input_is = "persistent=<yes|no> <option>=<value>",
    .effect = Effect::execute,
    .needs = needs_of_devices,
    .needs_of = needs_of_device_class,
    .variants = device_classes,
    .variant_follows = device_call_family,
};

static Reply attach(Call& call)
{
    return attach_device(call, *device_class(call.variant()));
}

int main(int argc, char** argv)
{
    return run(spec, attach, argc, argv);
}
