// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/device/classes.hpp"

#include "base/error.hpp"
#include "life/device/block.hpp"

namespace qmgmt {

unsigned needs_of_device_class(const Request& /*request*/)
{
    return ~0U;
}

std::unique_ptr<DeviceClass> device_class(std::string_view name)
{
    if (name == "block")
        return std::make_unique<BlockClass>();
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
