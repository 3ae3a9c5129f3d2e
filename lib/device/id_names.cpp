// SPDX-License-Identifier: GPL-2.0-or-later

#include "device/id_names.hpp"

#include "base/ascii.hpp"
#include "base/mapped_file.hpp"
#include "base/paths.hpp"
#include "device/hex.hpp"

#include <algorithm>
#include <optional>
#include <set>

namespace qmgmt {
namespace {

constexpr std::size_t table_limit = std::size_t{16} << 20; // one of today has 1.4 MiB
constexpr std::size_t name_limit = 256;
constexpr std::string_view pci_tables[] = {"/usr/share/hwdata/pci.ids", "/usr/share/misc/pci.ids"};
constexpr std::string_view usb_tables[] = {"/usr/share/hwdata/usb.ids", "/usr/share/misc/usb.ids"};

struct Row {
    std::uint16_t number = 0;
    std::string_view name;
};

// "8086  Intel Corporation"
std::optional<Row> read_row(std::string_view line)
{
    const auto number = parse_hex(line.substr(0, 4), 4);
    if (!number || line.size() < 7 || line.substr(4, 2) != "  ")
        return std::nullopt;
    return Row{static_cast<std::uint16_t>(*number), line.substr(6)};
}

std::string found_in(const auto& names, auto wanted)
{
    const auto at = names.find(wanted);
    return at == names.end() ? std::string{} : at->second;
}

} // namespace

IdNames::IdNames(std::string_view table, std::span<const HardwareId> devices)
{
    std::set<std::uint16_t> wanted_vendors;
    const std::set<HardwareId> wanted_products{devices.begin(), devices.end()};
    for (const HardwareId& device : devices)
        wanted_vendors.insert(device.vendor);
    bool wanted = false; // the products that follow, of this vendor
    std::uint16_t vendor = 0;
    while (!table.empty()) {
        const std::string_view line = table.substr(0, table.find('\n'));
        table.remove_prefix(std::min(table.size(), line.size() + 1));
        if (line.starts_with("C ")) // classes; vendors have been before them
            break;
        const bool of_vendor = line.starts_with('\t');
        if (line.empty() || line.starts_with('#') || line.starts_with("\t\t") ||
            (of_vendor && !wanted))
            continue;
        const auto row = read_row(of_vendor ? line.substr(1) : line);
        if (!of_vendor) {
            wanted = row && wanted_vendors.contains(row->number);
            if (wanted) {
                vendor = row->number;
                vendors_.emplace(vendor, printable(row->name, name_limit));
            }
        } else if (row && wanted_products.contains({vendor, row->number})) {
            products_.emplace(HardwareId{vendor, row->number}, printable(row->name, name_limit));
        }
    }
}

IdNames IdNames::installed(IdTable table, std::span<const HardwareId> devices)
{
    for (const std::string_view path : id_table_paths(table))
        if (const auto file = MappedFile::open(paths::below_root(path), table_limit))
            return IdNames{file->bytes(), devices};
    return IdNames{{}, devices};
}

std::string IdNames::vendor(const HardwareId& device) const
{
    return found_in(vendors_, device.vendor);
}

std::string IdNames::product(const HardwareId& device) const
{
    return found_in(products_, device);
}

std::span<const std::string_view> id_table_paths(IdTable table)
{
    return table == IdTable::pci ? std::span{pci_tables} : std::span{usb_tables};
}

} // namespace qmgmt
