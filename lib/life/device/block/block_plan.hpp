// SPDX-License-Identifier: GPL-2.0-or-later
//
// A block device as its hypervisor is told of it.
#pragma once

#include "call/call.hpp"
#include "device/attached_disk.hpp"
#include "hypervisor/xen/plan.hpp"
#include "store/effective.hpp"

#include <optional>
#include <string>

namespace qmgmt {

// Path, backend and who connects it; the rest is as it is chosen. Throws Error{device_not_found}
// for what is no port of a block device. A backend that is not there any more has the path alone.
[[nodiscard]] BlockPlan block_plan(Call& call, const std::string& backend, const std::string& port);

// The port of a disk: "/dev/mapper/data" is "mapper_data". Nothing for what is not below /dev.
[[nodiscard]] std::optional<std::string> port_of(const AttachedDisk& disk);

} // namespace qmgmt
