// SPDX-License-Identifier: GPL-2.0-or-later

#include "device/pci/address.hpp"

#include "device/hex.hpp"

namespace qmgmt {

std::optional<PciAddress> PciAddress::parse(std::string_view untrusted_text)
{
    const std::string_view text = untrusted_text;
    if (text.size() != 12 || text[4] != ':' || text[7] != ':' || text[10] != '.')
        return std::nullopt;
    const auto segment = parse_hex(text.substr(0, 4), 4);
    const auto bus = parse_hex(text.substr(5, 2), 2);
    const auto device = parse_hex(text.substr(8, 2), 2);
    const auto function = parse_hex(text.substr(11), 1);
    if (!segment || !bus || !device || *device > 0x1f || !function || *function > 7)
        return std::nullopt;
    return PciAddress{.segment = static_cast<std::uint16_t>(*segment),
                      .bus = static_cast<std::uint8_t>(*bus),
                      .device = static_cast<std::uint8_t>(*device),
                      .function = static_cast<std::uint8_t>(*function)};
}

std::string PciAddress::text() const
{
    return hex(segment, 4) + ":" + hex(bus, 2) + ":" + hex(device, 2) + "." + hex(function, 1);
}

} // namespace qmgmt
