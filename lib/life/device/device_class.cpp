// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/device/device_class.hpp"

#include "base/error.hpp"
#include "life/power_state.hpp"
#include "life/refusal.hpp"

namespace qmgmt {

ExposedDevice DeviceClass::undetected(Call& /*call*/, const Qube& /*backend*/,
                                      const std::string& /*port*/)
{
    throw Error{failure::bad_value, "devices of this class have no option 'undetected'"};
}

void DeviceClass::add_users(Call& call, std::vector<ExposedDevice>& devices)
{
    for (ExposedDevice& device : devices) {
        if (!device.attachment)
            device.attachment = user_of(call, device);
    }
}

void DeviceClass::check_kind(Call& /*call*/, const Qube& /*frontend*/) {}

void DeviceClass::check_options(const ExposedDevice& /*device*/,
                                const DeviceOptions& /*options*/) const
{
}

void DeviceClass::check_backend(Call& call, const Qube& /*frontend*/, const Qube& backend)
{
    if (!is_running(power_state(call, backend)))
        throw not_started(backend.name());
}

void DeviceClass::check_frontend(Call& /*call*/, const Qube& /*frontend*/,
                                 const DeviceOptions& /*options*/)
{
}

} // namespace qmgmt
