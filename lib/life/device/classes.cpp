// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/device/classes.hpp"

#include "base/error.hpp"
#include "life/device/block.hpp"
#include "life/device/mic/mic_class.hpp"
#include "life/device/pci/pci_class.hpp"
#include "life/device/usb/usb_class.hpp"

namespace qmgmt {

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
    for (const std::string_view name : device_classes)
        all.push_back(device_class(name));
    return all;
}

} // namespace qmgmt
