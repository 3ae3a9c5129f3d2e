// SPDX-License-Identifier: GPL-2.0-or-later
//
// Block devices, which a confined call has its helper open (base/spawner): those it is to use may
// not exist yet when it gives up its rights.
#pragma once

#include "base/fd.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace qmgmt {

enum class DeviceAccess {
    read,
    write,
    claim, // to write, and only when nobody has mounted or claimed it
};

// As a message says it (base/spawner_message).
[[nodiscard]] std::string_view name_of(DeviceAccess access) noexcept;
[[nodiscard]] std::optional<DeviceAccess> device_access(std::string_view name) noexcept;

// Never makes a file. Returns an invalid descriptor with errno set when there is no such device;
// ENOTBLK: something else stands there. In a confined call throws Error{denied} for a device that
// the call may not open.
[[nodiscard]] Fd open_block_device(const std::string& path, DeviceAccess access);

} // namespace qmgmt
