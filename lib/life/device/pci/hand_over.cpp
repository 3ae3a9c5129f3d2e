// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/device/pci/hand_over.hpp"

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/paths.hpp"
#include "device/pci/back_end.hpp"

namespace qmgmt {

bool take_from_host(Hypervisor& hypervisor, const PciPlan& device)
{
    const std::string sysfs = paths::below_root("/sys");
    const PciAddress address{.segment = static_cast<std::uint16_t>(device.domain),
                             .bus = static_cast<std::uint8_t>(device.bus),
                             .device = static_cast<std::uint8_t>(device.slot),
                             .function = static_cast<std::uint8_t>(device.function)};
    if (is_held_for_domains(sysfs, address))
        return false;
    try {
        hypervisor.take_from_host(device);
    } catch (const Error& error) {
        if (!hold_for_domains(sysfs, address))
            throw Error{failure::vm_failed,
                        "the device cannot be taken from the drivers of dom0: " + error.text(),
                        error.detail()};
    }
    return true;
}

void give_back_to_host(Hypervisor& hypervisor, const PciPlan& device)
{
    try {
        hypervisor.give_to_host(device);
    } catch (const Error& error) {
        log_warning("cannot give a device back to dom0: " + error.text() + " (" + error.detail() +
                    "), ignoring");
    }
}

} // namespace qmgmt
