// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a PCI device says it is.
#pragma once

#include "device/id_names.hpp"
#include "device/pci/address.hpp"
#include "device/pci/port.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace qmgmt {

struct PciDevice {
    PciAddress address;
    PciPort port; // the path form; the flat one where the path is longer than a port may be
    std::uint32_t klass = 0; // class, subclass and programming interface: 0x0c0330
    std::uint16_t vendor = 0;
    std::uint16_t product = 0;

    [[nodiscard]] HardwareId hardware() const { return {vendor, product}; }
    // Of any kind, the host's own included: never a qube's.
    [[nodiscard]] bool is_bridge() const { return klass >> 16 == 0x06; }
    [[nodiscard]] bool is_display() const { return klass >> 16 == 0x03; }
    // Whether disks of this machine can be behind it. A class that says nothing of them may have
    // them.
    [[nodiscard]] bool may_have_disks() const;
    // "p0c0330"
    [[nodiscard]] std::string interfaces() const;
    // As today's clients know the device wherever it is plugged: "0x8086:0xa348::p040300".
    [[nodiscard]] std::string id() const;
};

// Whether the device of an id has an interface of a display.
[[nodiscard]] bool is_display(std::string_view untrusted_id);

} // namespace qmgmt
