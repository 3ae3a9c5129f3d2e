// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/device/available.hpp"

#include "device/device_choice.hpp"

#include <algorithm>

namespace qmgmt {

std::optional<DeviceChoice> chosen_device(const Call& call)
{
    return DeviceChoice::parse(call.argument());
}

bool is_of_destination(Call& call, const std::optional<DeviceChoice>& choice)
{
    return !choice || !choice->backend || choice->backend->text() == call.destination_name();
}

Reply available_reply(Call& call, std::vector<ExposedDevice> devices)
{
    std::ranges::sort(devices, {}, &ExposedDevice::port);
    std::string rows;
    for (const ExposedDevice& device : devices) {
        if (call.request().admin)
            rows += framed_row(device) + "\n";
        else if (device.offered)
            rows += device_token(device) + "\n";
    }
    return Reply{rows};
}

} // namespace qmgmt
