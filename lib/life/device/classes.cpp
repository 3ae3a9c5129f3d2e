// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/device/classes.hpp"

#include "base/error.hpp"
#include "life/device/block/block_class.hpp"
#include "life/device/mic/mic_class.hpp"
#include "life/device/pci/pci_class.hpp"
#include "life/device/usb/usb_class.hpp"

namespace qmgmt {

unsigned needs_of_device_class(const Request& request)
{
    const auto without = [](unsigned needs) { return ~needs; };
    if (request.variant == "pci")
        return without(needs_tables | needs_policy | needs_disks);
    if (request.variant == "usb")
        return without(needs_pci | needs_disks);
    if (request.variant == "block")
        return without(needs_pci | needs_policy | needs_devices);
    return without(needs_pci | needs_policy | needs_disks);
}

unsigned needs_of_exposed_devices(const Request& request)
{
    const unsigned needs = needs_of_device_class(request);
    return request.variant == "pci" && !request.admin ? needs & ~unsigned{needs_hypervisor} : needs;
}

std::unique_ptr<DeviceClass> device_class(std::string_view name)
{
    if (name == "block")
        return std::make_unique<BlockClass>();
    if (name == "mic")
        return std::make_unique<MicClass>();
    if (name == "pci")
        return std::make_unique<PciClass>();
    if (name == "usb")
        return std::make_unique<UsbClass>();
    throw Error{failure::internal, "there is no such class of devices"};
}

std::vector<std::unique_ptr<DeviceClass>> all_device_classes()
{
    std::vector<std::unique_ptr<DeviceClass>> all;
    all.reserve(device_classes.size());
    for (const std::string_view name : device_classes)
        all.push_back(device_class(name));
    return all;
}

} // namespace qmgmt
