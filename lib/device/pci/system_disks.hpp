// SPDX-License-Identifier: GPL-2.0-or-later
//
// The PCI devices that dom0 itself cannot do without: the ones that its root and boot file systems
// are behind.
#pragma once

#include "device/pci/device.hpp"

#include <set>
#include <string>
#include <vector>

namespace qmgmt {

struct SystemPci {
    std::set<PciAddress> devices;
    // There may be more: something of the mounts or the disks could not be read or followed, or
    // says of no device what is behind it. What is a disk and not on PCI is no reason.
    bool incomplete = false;

    // Why no qube may have the device: "is a bridge", "has disks of dom0 behind it" or, where
    // nobody knows, "may have disks of dom0 behind it". Empty: one may.
    [[nodiscard]] std::string objection(const PciDevice& device) const;
};

// Every device on the way to the disks, through whatever is stacked on them: volumes, encryption,
// RAID, all disks of a btrfs. `root` stands before /proc, /sys and /dev, and is empty for the
// machine itself.
[[nodiscard]] SystemPci pci_of_system_disks(const std::string& root);

// What must be readable for that.
[[nodiscard]] std::vector<std::string> system_disk_paths(const std::string& root);

} // namespace qmgmt
