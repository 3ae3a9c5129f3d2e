// SPDX-License-Identifier: GPL-2.0-or-later
//
// What becomes of devices when qubes start and stop.
#pragma once

#include "life/device/device_class.hpp"
#include "life/run_record.hpp"

#include <memory>
#include <vector>

namespace qmgmt {

// Gives a qube that has just been started what it is to get when it is there. The caller holds its
// lock, and its record stands. What cannot be attached is logged.
void attach_assigned(Call& call, const Qube& frontend,
                     const std::vector<std::unique_ptr<DeviceClass>>& classes);

// A qube has stopped: watchers hear that it has none of its devices any more, and those that others
// have of it are taken from them, because its domain does not go before. Failure is logged.
void release_devices(Call& call, const Qube& stopped, const RunRecord& record,
                     const std::vector<std::unique_ptr<DeviceClass>>& classes);

} // namespace qmgmt
