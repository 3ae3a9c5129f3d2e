// SPDX-License-Identifier: GPL-2.0-or-later
//
// The block device of a zvol, below /dev/zvol.
#pragma once

#include "base/device.hpp"

#include <string>

namespace qmgmt {

[[nodiscard]] std::string zvol_path(const std::string& volume);
// Waits until udev has made it, ten seconds at most; a name that udev has not taken from another
// zvol yet does not count. Throws Error{storage}, beginning with `purpose`.
void await_zvol(const std::string& volume, const std::string& purpose);
// Waits likewise. Throws Error{storage} for what is no block device.
// Whether it is mounted, swap, or part of another device. Throws Error{storage} when that cannot be
// told.
[[nodiscard]] bool is_claimed(const std::string& volume, const std::string& purpose);

[[nodiscard]] Fd open_zvol(const std::string& volume, DeviceAccess access,
                           const std::string& purpose);

} // namespace qmgmt
