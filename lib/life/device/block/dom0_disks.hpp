// SPDX-License-Identifier: GPL-2.0-or-later
//
// The block devices of dom0 that qubes may have: those that udev has put into dom0's table, or that
// /etc/qubes/mgmt-dom0-block.list names, one node a line, `#` before a remark; and of these only
// what dom0 does not use and no pool has.
#pragma once

#include "device/block_table.hpp"
#include "store/store.hpp"

#include <string>
#include <vector>

namespace qmgmt {

inline constexpr std::string_view dom0_block_list = "/etc/qubes/mgmt-dom0-block.list";

// `listed` is what the table has.
[[nodiscard]] std::vector<BlockDevice> offered_disks(const Store& store,
                                                     std::vector<BlockDevice> listed);

// Why a node of dom0, "/dev/sda", is none that a qube may have; empty: it may.
[[nodiscard]] std::string why_not_offered(const Store& store, const std::string& node);

} // namespace qmgmt
