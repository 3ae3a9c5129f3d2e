// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.vm.microphone.Attach: let a running qube hear the microphone. The same again changes
// nothing. It is mgmt.vm.device.mic.Attach of the one device there is.
//   destination: the qube   argument: none   input: none   reply: empty

#include "life/device/attach.hpp"

#include "life/device/mic/mic_class.hpp"

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.vm.microphone.Attach",
    .summary = "Let a qube hear the microphone",
    .effect = Effect::execute,
    .needs = needs_store | needs_hypervisor | needs_tables,
    .admin = false,
};

static Reply attach(Call& call)
{
    MicClass klass;
    return attach_device(call, klass, DeviceRequest{.device = the_microphone()});
}

int main(int argc, char** argv)
{
    return run(spec, attach, argc, argv);
}
