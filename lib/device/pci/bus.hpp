// SPDX-License-Identifier: GPL-2.0-or-later
//
// The PCI devices of this host, as the kernel shows them in sysfs.
#pragma once

#include "device/pci/device.hpp"

#include <string>
#include <vector>

namespace qmgmt {

class PciBus {
public:
    // `sysfs` is where it is mounted. A machine without PCI has no devices; Error{failed} when they
    // cannot be read. A device that goes meanwhile is left out.
    static PciBus read(const std::string& sysfs);

    // Sorted by the text of their ports.
    [[nodiscard]] const std::vector<PciDevice>& devices() const noexcept { return devices_; }
    // By either form; null when there is none.
    [[nodiscard]] const PciDevice* find(const PciPort& port) const;

private:
    std::vector<PciDevice> devices_;
};

// What must be readable for all that: the bus, and the directories that its links lead to.
[[nodiscard]] std::vector<std::string> pci_directories(const std::string& sysfs);

} // namespace qmgmt
