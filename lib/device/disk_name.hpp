// SPDX-License-Identifier: GPL-2.0-or-later
//
// The names under which a qube has its disks (firewall-devices.md 2.8).
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace qmgmt {

// Whether a qube may have a disk under this name: "xvdi", "sda1".
[[nodiscard]] bool is_disk_name(std::string_view name);

// The next that is free: from xvdi to xvdzz, then those that system volumes have; a CD-ROM's is
// xvdd, where installers look for one. Nothing when all are used.
[[nodiscard]] std::optional<std::string> free_disk_name(const std::set<std::string>& used,
                                                        bool cdrom);

} // namespace qmgmt
