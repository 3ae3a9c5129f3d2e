// SPDX-License-Identifier: GPL-2.0-or-later
//
// Where a PCI device is, as the kernel, Xen and libvirt say it. Bus numbers are given out anew at
// each boot: what is to be remembered of a device is its port (port.hpp).
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace qmgmt {

struct PciAddress {
    std::uint16_t segment = 0;
    std::uint8_t bus = 0;
    std::uint8_t device = 0;   // 0 to 0x1f
    std::uint8_t function = 0; // 0 to 7

    // "0000:00:1f.3", whole. A segment of more digits, as the kernel makes them up for disks behind
    // a controller of their own (VMD), is none: Xen cannot address it.
    static std::optional<PciAddress> parse(std::string_view untrusted_text);
    [[nodiscard]] std::string text() const;

    friend auto operator<=>(const PciAddress&, const PciAddress&) = default;
};

} // namespace qmgmt
