// SPDX-License-Identifier: GPL-2.0-or-later
//
// The block device of an active logical volume. `purpose` begins the text of every error.
#pragma once

#include "base/device.hpp"
#include "base/fd.hpp"
#include "storage/lvm/name.hpp"

#include <cstdint>
#include <string>

namespace qmgmt::lvm {

// Throws Error{storage} when it is not there or no block device.
[[nodiscard]] Fd open_volume(const std::string& purpose, const std::string& path,
                             DeviceAccess access);

[[nodiscard]] bool is_block_device(const std::string& path);

// Bytes.
[[nodiscard]] std::uint64_t device_size(const std::string& purpose, int device);

// Gives the room of a volume that is about to be removed back to what lies below the pool, in steps
// that leave other reads and writes their turn. A volume that is in use, inactive or cannot do it
// is left as it is.
void discard(const std::string& path);

} // namespace qmgmt::lvm
