// SPDX-License-Identifier: GPL-2.0-or-later
//
// The PCI devices of this host, as the kernel shows them in sysfs.
#pragma once

#include "device/pci/address.hpp"
#include "device/pci/port.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace qmgmt {

struct PciDevice {
    PciAddress address;
    PciPort port; // the path form; the flat one where the path is longer than a port may be
    std::uint32_t klass = 0; // class, subclass and programming interface: 0x0c0330
    std::uint16_t vendor = 0;
    std::uint16_t product = 0;

    // Of any kind, the host's own included: never a qube's.
    [[nodiscard]] bool is_bridge() const { return klass >> 16 == 0x06; }
    // "p0c0330"
    [[nodiscard]] std::string interfaces() const;
    // As today's clients know the device wherever it is plugged: "0x8086:0xa348::p040300".
    [[nodiscard]] std::string id() const;
};

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
