// SPDX-License-Identifier: GPL-2.0-or-later
//
// What vendors and products are called: pci.ids and usb.ids, tables of one form that distributions
// install.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

namespace qmgmt {

// A device by the numbers that it has from its maker.
struct HardwareId {
    std::uint16_t vendor = 0;
    std::uint16_t product = 0;

    friend auto operator<=>(const HardwareId&, const HardwareId&) = default;
};

enum class IdTable { pci, usb };

class IdNames {
public:
    // Of these devices alone; `table` is the text of one.
    IdNames(std::string_view table, std::span<const HardwareId> devices);
    // From the table that is installed; without one nothing has a name.
    static IdNames installed(IdTable table, std::span<const HardwareId> devices);

    // Printable ASCII; empty when the table does not have it.
    [[nodiscard]] std::string vendor(const HardwareId& device) const;
    [[nodiscard]] std::string product(const HardwareId& device) const;

private:
    std::map<std::uint16_t, std::string> vendors_;
    std::map<HardwareId, std::string> products_;
};

// Where such tables may be installed.
[[nodiscard]] std::span<const std::string_view> id_table_paths(IdTable table);

} // namespace qmgmt
