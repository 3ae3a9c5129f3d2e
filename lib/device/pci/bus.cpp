// SPDX-License-Identifier: GPL-2.0-or-later

#include "device/pci/bus.hpp"

#include "base/directory_tree.hpp"
#include "base/error.hpp"
#include "base/fd.hpp"
#include "device/hex.hpp"
#include "names/number.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <set>
#include <unistd.h>

namespace qmgmt {
namespace {

constexpr std::size_t most_devices = 16384;
constexpr std::size_t attribute_limit = 64;
constexpr const char* bus_directory = "/bus/pci/devices/";

// The way to a device from its root bus: the last elements of the link that is its entry,
// ../../../devices/pci0000:00/0000:00:1c.4/0000:02:00.0
struct Way {
    std::vector<PciAddress> elements; // itself is the last
    std::string root;                 // what stands before them
};

struct Found {
    PciDevice device;
    std::vector<PciAddress> way;
    std::optional<std::uint8_t> bus_behind; // of a bridge
};

using Devices = std::map<PciAddress, Found>;

std::vector<std::string> entries_of(const std::string& bus)
{
    const Fd directory = open_trusted_directory(bus);
    if (!directory && errno == ENOENT)
        return {};
    std::vector<std::string> names;
    if (!directory || !read_entries(directory.get(), names))
        throw_errno(failure::failed, "cannot list PCI devices: the kernel does not show them", bus);
    std::ranges::sort(names);
    names.resize(std::min(names.size(), most_devices));
    return names;
}

Way way_of(const std::string& entry)
{
    std::array<char, 4096> link{};
    const ssize_t length = ::readlink(entry.c_str(), link.data(), link.size());
    std::string_view rest{link.data(), length > 0 ? static_cast<std::size_t>(length) : 0};
    Way way;
    for (;;) {
        const auto slash = rest.rfind('/');
        const auto element = slash == std::string_view::npos
                                 ? std::nullopt
                                 : PciAddress::parse(rest.substr(slash + 1));
        if (!element)
            break;
        way.elements.push_back(*element);
        rest = rest.substr(0, slash);
    }
    std::ranges::reverse(way.elements);
    way.root = rest;
    return way;
}

std::string attribute(const std::string& entry, const char* name)
{
    std::string text = read_small_file(entry + "/" + name, attribute_limit);
    if (text.ends_with('\n'))
        text.pop_back();
    return text;
}

// "0x8086"
std::optional<std::uint32_t> hex_attribute(const std::string& entry, const char* name,
                                           std::size_t digits)
{
    const std::string text = attribute(entry, name);
    return text.starts_with("0x") ? parse_hex(std::string_view{text}.substr(2), digits)
                                  : std::nullopt;
}

// Nothing for an entry that is no device, and for a device that has just gone.
std::optional<Found> device_at(const std::string& entry, std::string_view name)
{
    const auto address = PciAddress::parse(name);
    const auto klass = address ? hex_attribute(entry, "class", 6) : std::nullopt;
    const auto vendor = klass ? hex_attribute(entry, "vendor", 4) : std::nullopt;
    const auto product = vendor ? hex_attribute(entry, "device", 4) : std::nullopt;
    if (!product)
        return std::nullopt;
    Found found{.device = {.address = *address,
                           .port = PciPort::flat(*address),
                           .klass = *klass,
                           .vendor = static_cast<std::uint16_t>(*vendor),
                           .product = static_cast<std::uint16_t>(*product)},
                .way = way_of(entry).elements,
                .bus_behind = std::nullopt};
    const auto behind = parse_decimal(attribute(entry, "secondary_bus_number"));
    if (behind && *behind <= 0xff)
        found.bus_behind = static_cast<std::uint8_t>(*behind);
    return found;
}

// The hops to a device; nothing when what the kernel shows is no way to it: a bridge that has gone
// meanwhile, or that has no bus behind it.
std::optional<PciPort> path_to(const Found& found, const Devices& all)
{
    const PciAddress& address = found.device.address;
    if (found.way.empty() || found.way.back() != address)
        return std::nullopt;
    std::vector<PciHop> hops;
    unsigned first_bus = 0;
    for (const PciAddress& element : found.way) {
        const auto at = all.find(element);
        if (at == all.end() || element.segment != address.segment || element.bus < first_bus)
            return std::nullopt;
        hops.push_back(
            {static_cast<std::uint8_t>(element.bus - first_bus), element.device, element.function});
        if (element == address)
            break;
        if (!at->second.bus_behind)
            return std::nullopt;
        first_bus = *at->second.bus_behind;
    }
    return PciPort::path(address.segment, std::move(hops));
}

} // namespace

PciBus PciBus::read(const std::string& sysfs)
{
    const std::string bus = sysfs + bus_directory;
    Devices all;
    for (const std::string& name : entries_of(bus))
        if (auto found = device_at(bus + name, name))
            all.insert_or_assign(found->device.address, *found);
    PciBus read;
    for (const auto& [address, found] : all) {
        PciDevice device = found.device;
        if (const auto path = path_to(found, all))
            device.port = *path;
        read.devices_.push_back(std::move(device));
    }
    std::ranges::sort(read.devices_, {},
                      [](const PciDevice& device) { return device.port.text(); });
    return read;
}

const PciDevice* PciBus::find(const PciPort& port) const
{
    const auto at = std::ranges::find_if(devices_, [&](const PciDevice& device) {
        return device.port == port || PciPort::flat(device.address) == port;
    });
    return at == devices_.end() ? nullptr : &*at;
}

std::vector<std::string> pci_directories(const std::string& sysfs)
{
    const std::string bus = sysfs + bus_directory;
    std::set<std::string> roots;
    for (const std::string& name : entries_of(bus))
        if (const Way way = way_of(bus + name); !way.elements.empty())
            roots.insert(way.root.starts_with('/') ? way.root : bus + way.root);
    std::vector<std::string> directories{roots.begin(), roots.end()};
    directories.push_back(bus);
    return directories;
}

} // namespace qmgmt
