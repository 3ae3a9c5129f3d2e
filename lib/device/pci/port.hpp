// SPDX-License-Identifier: GPL-2.0-or-later
//
// How callers and the store name a PCI device: by the way to it, a hop for each bridge and one for
// itself ("00_1c.4-00_00.0"), which stays when buses are numbered otherwise at the next boot. A
// device right on a root bus has one hop, and that is its address, too ("00_1f.3"). Of others old
// stores and people know the address, the flat form ("02_00.0").
#pragma once

#include "device/pci/address.hpp"

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qmgmt {

// Of the first hop the number of the root bus, of the others how far their bus is from the first
// one behind the bridge before them.
struct PciHop {
    std::uint8_t bus = 0;
    std::uint8_t device = 0;
    std::uint8_t function = 0;

    friend auto operator<=>(const PciHop&, const PciHop&) = default;
};

class PciPort {
public:
    // [SSSS_]BB_DD.F and more hops of the form -BB_DD.F; at most as long as a port may be.
    static std::optional<PciPort> parse(std::string_view untrusted_text);
    // The flat form.
    static PciPort flat(const PciAddress& address);
    // The way over `hops`; nothing when there is none, or when it is longer than a port may be.
    static std::optional<PciPort> path(std::uint16_t segment, std::vector<PciHop> hops);

    // The segment stands in front unless it is 0000.
    [[nodiscard]] std::string text() const;

    friend bool operator==(const PciPort&, const PciPort&) = default;

private:
    PciPort(std::uint16_t segment, std::vector<PciHop> hops)
        : segment_{segment}, hops_{std::move(hops)}
    {
    }

    std::uint16_t segment_;
    std::vector<PciHop> hops_;
};

} // namespace qmgmt
