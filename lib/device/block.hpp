// SPDX-License-Identifier: GPL-2.0-or-later
//
// Block devices as the store names them (firewall-devices.md 2.8).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace qmgmt {

// The node of a port, in the qube that has it: "mapper_data" is /dev/mapper/data. Nothing for what
// is no port, or leads out of /dev.
[[nodiscard]] std::optional<std::string> block_node(std::string_view port);

} // namespace qmgmt
