// SPDX-License-Identifier: GPL-2.0-or-later
//
// The PCI devices that dom0 itself cannot do without: the ones that its root and boot file systems
// are behind.
#pragma once

#include "device/pci/address.hpp"

#include <set>
#include <string>
#include <vector>

namespace qmgmt {

// Every device on the way to the disks, through whatever is stacked on them: volumes, encryption,
// RAID. `root` stands before /proc, /sys and /dev, and is empty for the machine itself. Of a file
// system that spans several devices the one that the kernel names counts; what is not on PCI, or
// cannot be read, has none.
[[nodiscard]] std::set<PciAddress> pci_of_system_disks(const std::string& root);

// What must be readable for that.
[[nodiscard]] std::vector<std::string> system_disk_paths(const std::string& root);

} // namespace qmgmt
