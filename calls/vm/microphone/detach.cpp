// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.vm.microphone.Detach: a qube hears the microphone no more, now or when it starts. One that
// does not is an error. It is mgmt.vm.device.mic.Detach of the one device there is.
//   destination: the qube   argument: none   input: none   reply: empty

#include "life/device/detach.hpp"

#include "life/device/mic/mic_class.hpp"

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.vm.microphone.Detach",
    .summary = "Let a qube hear the microphone no more",
    .effect = Effect::execute,
    .needs = needs_store | needs_hypervisor | needs_tables,
    .admin = false,
};

static Reply detach(Call& call)
{
    MicClass klass;
    return detach_device(call, klass, the_microphone());
}

int main(int argc, char** argv)
{
    return run(spec, detach, argc, argv);
}
