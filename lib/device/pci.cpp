// SPDX-License-Identifier: GPL-2.0-or-later

#include "device/pci.hpp"

#include "base/fd.hpp"
#include "names/number.hpp"

#include <array>
#include <charconv>
#include <cstdio>
#include <unistd.h>

namespace qmgmt {
namespace {

constexpr std::size_t longest_port = 64;

// `digits` hexadecimal ones at the head of the text, which are taken off it.
std::optional<unsigned> take(std::string_view& text, std::size_t digits)
{
    unsigned value = 0;
    if (text.size() < digits)
        return std::nullopt;
    const char* const end = text.data() + digits;
    const auto [stop, error] = std::from_chars(text.data(), end, value, 16);
    if (error != std::errc{} || stop != end)
        return std::nullopt;
    text.remove_prefix(digits);
    return value;
}

bool skip(std::string_view& text, char mark)
{
    if (text.empty() || text.front() != mark)
        return false;
    text.remove_prefix(1);
    return true;
}

// "BB_DD.F"
std::optional<PciAddress> take_hop(std::string_view& text)
{
    const auto bus = take(text, 2);
    if (!bus || !skip(text, '_'))
        return std::nullopt;
    const auto slot = take(text, 2);
    if (!slot || *slot > 31 || !skip(text, '.'))
        return std::nullopt;
    const auto function = take(text, 1);
    if (!function || *function > 7)
        return std::nullopt;
    return PciAddress{0, *bus, *slot, *function};
}

std::string node_name(const PciAddress& address)
{
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%04x:%02x:%02x.%x", address.domain, address.bus,
                  address.slot, address.function);
    return text.data();
}

} // namespace

std::string PciTree::read(const PciAddress& address, const char* file) const
{
    std::string text = read_small_file(directory_ + "/" + node_name(address) + "/" + file, 64);
    while (text.ends_with('\n'))
        text.pop_back();
    return text;
}

std::optional<PciAddress> PciTree::find(std::string_view port) const
{
    if (port.size() > longest_port)
        return std::nullopt;
    unsigned domain = 0;
    constexpr std::size_t domain_digits = 4;
    if (port.size() > domain_digits && port[domain_digits] == '_') {
        const auto given = take(port, domain_digits);
        if (!given || !skip(port, '_'))
            return std::nullopt;
        domain = *given;
    }
    auto at = take_hop(port);
    while (at && !port.empty()) {
        at->domain = domain;
        const auto behind = parse_decimal(read(*at, "secondary_bus_number"));
        auto next = skip(port, '-') ? take_hop(port) : std::nullopt;
        if (!behind || !next || *behind + next->bus > 255)
            return std::nullopt;
        next->bus += static_cast<unsigned>(*behind);
        at = next;
    }
    if (at)
        at->domain = domain;
    return at;
}

bool PciTree::is_missing(const PciAddress& address) const
{
    return ::access(directory_.c_str(), F_OK) == 0 &&
           ::access((directory_ + "/" + node_name(address)).c_str(), F_OK) != 0;
}

bool PciTree::is_display(const PciAddress& address) const
{
    return read(address, "class").starts_with("0x03");
}

bool is_display(std::string_view identity)
{
    constexpr std::size_t length = 7; // of an interface
    const auto colon = identity.rfind(':');
    if (colon == std::string_view::npos)
        return false;
    const std::string_view interfaces = identity.substr(colon + 1);
    for (std::size_t i = 0; i + length <= interfaces.size(); i += length) {
        if (interfaces.substr(i, 3) == "p03")
            return true;
    }
    return false;
}

} // namespace qmgmt
