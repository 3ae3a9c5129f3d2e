// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/device/block/usb_identity.hpp"

#include "device/usb/table.hpp"
#include "life/device/exposed_table.hpp"

#include <algorithm>
#include <memory>

namespace qmgmt {

UsbIdentity usb_identities(Call& call, const Qube& backend)
{
    const auto known = std::make_shared<std::optional<std::vector<UsbDevice>>>();
    return [&call, &backend, known](const std::string& port) {
        if (!*known)
            *known = usb_devices(exposed_table(call, backend, usb_devices_key), backend.name());
        const auto found = std::ranges::find(**known, port, &UsbDevice::port);
        return found == (*known)->end() ? std::string{unknown_device_id} : found->id();
    };
}

} // namespace qmgmt
