// SPDX-License-Identifier: GPL-2.0-or-later
//
// What vendors and products are called: pci.ids, a table that distributions install.
#pragma once

#include "device/pci/device.hpp"

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

namespace qmgmt {

class PciNames {
public:
    // Of these devices alone; `table` is the text of a pci.ids.
    PciNames(std::string_view table, std::span<const PciDevice> devices);
    // From the table that is installed; without one nothing has a name.
    static PciNames installed(std::span<const PciDevice> devices);

    // Printable ASCII; empty when the table does not have it.
    [[nodiscard]] std::string vendor(const PciDevice& device) const;
    [[nodiscard]] std::string product(const PciDevice& device) const;

private:
    std::map<std::uint16_t, std::string> vendors_;
    std::map<std::uint32_t, std::string> products_; // by vendor and product
};

// Where a table may be installed.
[[nodiscard]] std::span<const std::string_view> pci_name_tables();

} // namespace qmgmt
