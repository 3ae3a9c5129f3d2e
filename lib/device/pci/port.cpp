// SPDX-License-Identifier: GPL-2.0-or-later

#include "device/pci/port.hpp"

#include "device/hex.hpp"
#include "device/port_name.hpp"

namespace qmgmt {
namespace {

constexpr std::size_t hop_length = 7; // BB_DD.F

std::optional<PciHop> parse_hop(std::string_view untrusted_text)
{
    const std::string_view text = untrusted_text;
    if (text.size() != hop_length || text[2] != '_' || text[5] != '.')
        return std::nullopt;
    const auto bus = parse_hex(text.substr(0, 2), 2);
    const auto device = parse_hex(text.substr(3, 2), 2);
    const auto function = parse_hex(text.substr(6), 1);
    if (!bus || !device || *device > 0x1f || !function || *function > 7)
        return std::nullopt;
    return PciHop{.bus = static_cast<std::uint8_t>(*bus),
                  .device = static_cast<std::uint8_t>(*device),
                  .function = static_cast<std::uint8_t>(*function)};
}

} // namespace

std::optional<PciPort> PciPort::parse(std::string_view untrusted_text)
{
    std::string_view rest = untrusted_text;
    std::uint16_t segment = 0;
    if (rest.size() > 5 && rest[4] == '_') {
        const auto number = parse_hex(rest.substr(0, 4), 4);
        if (!number)
            return std::nullopt;
        segment = static_cast<std::uint16_t>(*number);
        rest.remove_prefix(5);
    }
    std::vector<PciHop> hops;
    for (;;) {
        const auto hop = parse_hop(rest.substr(0, hop_length));
        if (!hop)
            return std::nullopt;
        hops.push_back(*hop);
        rest.remove_prefix(hop_length);
        if (rest.empty())
            return path(segment, std::move(hops));
        if (rest.front() != '-' || hops.size() >= longest_port / hop_length)
            return std::nullopt;
        rest.remove_prefix(1);
    }
}

PciPort PciPort::flat(const PciAddress& address)
{
    return PciPort{address.segment, {{address.bus, address.device, address.function}}};
}

std::optional<PciPort> PciPort::path(std::uint16_t segment, std::vector<PciHop> hops)
{
    if (hops.empty())
        return std::nullopt;
    PciPort port{segment, std::move(hops)};
    if (port.text().size() > longest_port)
        return std::nullopt;
    return port;
}

std::string PciPort::text() const
{
    std::string text = segment_ == 0 ? "" : hex(segment_, 4) + "_";
    for (std::size_t i = 0; i < hops_.size(); ++i) {
        const PciHop& hop = hops_[i];
        text += i == 0 ? "" : "-";
        text += hex(hop.bus, 2) + "_" + hex(hop.device, 2) + "." + hex(hop.function, 1);
    }
    return text;
}

} // namespace qmgmt
