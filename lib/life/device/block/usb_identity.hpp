// SPDX-License-Identifier: GPL-2.0-or-later
//
// What disks on USB are known by.
#pragma once

#include "call/call.hpp"
#include "device/block_table.hpp"

namespace qmgmt {

// Says what the USB device at a port of a qube is, "0951:1666::u080650". The qube's table is read
// when first asked for; `call` and `backend` must outlive it.
[[nodiscard]] UsbIdentity usb_identities(Call& call, const Qube& backend);

} // namespace qmgmt
