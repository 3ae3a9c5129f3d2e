// SPDX-License-Identifier: GPL-2.0-or-later
//
// PCI devices as the store names them, and what the host says of them (firewall-devices.md 2.9).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace qmgmt {

struct PciAddress {
    unsigned domain = 0;
    unsigned bus = 0;
    unsigned slot = 0;
    unsigned function = 0;

    friend bool operator==(const PciAddress&, const PciAddress&) = default;
};

// The tree of the host's devices below a directory of sysfs: "/sys/bus/pci/devices".
class PciTree {
public:
    explicit PciTree(std::string directory) : directory_{std::move(directory)} {}

    // Where a port is: "00_1f.3", "0001_00_1f.3", or a hop after the other from the root,
    // "00_1c.4-00_00.0", each bus counted from the one behind the bridge before it. Nothing for
    // what is no port, and when a hop leads nowhere.
    [[nodiscard]] std::optional<PciAddress> find(std::string_view port) const;
    // False, too, when the host says nothing of its devices.
    [[nodiscard]] bool is_missing(const PciAddress& address) const;
    // Whether the device is a display by its class; false when the host does not say.
    [[nodiscard]] bool is_display(const PciAddress& address) const;

private:
    [[nodiscard]] std::string read(const PciAddress& address, const char* file) const;

    std::string directory_;
};

// Whether an identity, "0x8086:0xa348::p030000", has an interface of a display.
[[nodiscard]] bool is_display(std::string_view identity);

} // namespace qmgmt
