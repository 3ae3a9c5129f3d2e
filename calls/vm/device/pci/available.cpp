// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.vm.device.pci.Available: the PCI devices that a qube exposes to others. Only dom0 has any.
// Bridges and what the disks of dom0's own system are behind are not offered; as admin.* they are
// shown. A device that is not there is no error.
//   destination: the qube   argument: a device, optional   input: none   reply: `<device>\n` each

#include "call/call.hpp"
#include "life/device/list.hpp"
#include "life/device/pci/pci_class.hpp"

using namespace qmgmt;

// Which qube has a device now is shown as admin.* alone.
static unsigned needs_of(const Request& request)
{
    return request.admin ? ~0U : ~static_cast<unsigned>(needs_hypervisor);
}

static constexpr CallSpec spec{
    .name = "mgmt.vm.device.pci.Available",
    .summary = "List the PCI devices that a qube exposes to others",
    .argument = Argument::optional,
    .argument_is = "device",
    .returns = "<device>\n",
    .needs = needs_store | needs_hypervisor | needs_devices,
    .needs_of = needs_of,
    .admin_returns = "<device> <properties>\n",
};

static Reply available(Call& call)
{
    PciClass klass;
    return available_devices(call, klass);
}

int main(int argc, char** argv)
{
    return run(spec, available, argc, argv);
}
