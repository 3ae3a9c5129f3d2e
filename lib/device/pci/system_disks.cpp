// SPDX-License-Identifier: GPL-2.0-or-later

#include "device/pci/system_disks.hpp"

#include "base/directory_tree.hpp"
#include "base/fd.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <string_view>

namespace qmgmt {
namespace {

constexpr std::size_t mounts_limit = std::size_t{1} << 20;
constexpr int deepest_stack = 16;
constexpr const char* mounts = "/proc/self/mountinfo";
constexpr const char* stacked_disks = "/sys/devices/virtual/block";
// A disk that several controllers may reach belongs to none of them, but to what joins them.
constexpr const char* joined_disks = "/sys/devices/virtual/nvme-subsystem";

// Without links; empty when it is not there.
std::string real_path(const std::string& path)
{
    const std::unique_ptr<char, void (*)(void*)> found{::realpath(path.c_str(), nullptr),
                                                       std::free};
    return found ? found.get() : "";
}

bool is_of_system(std::string_view mount_point)
{
    return mount_point == "/" || mount_point == "/boot" || mount_point == "/boot/efi";
}

std::string_view next(std::string_view& text, char separator)
{
    const std::string_view piece = text.substr(0, text.find(separator));
    text.remove_prefix(std::min(text.size(), piece.size() + 1));
    return piece;
}

// What is mounted, when the line is of a file system of dom0's own on a device: "27 1 253:0 / /
// rw,relatime shared:1 - ext4 /dev/mapper/qubes_dom0-root rw". Its number is no help: btrfs makes
// one up.
std::string_view device_of_system(std::string_view line)
{
    std::array<std::string_view, 5> fields;
    for (std::string_view& field : fields)
        field = next(line, ' ');
    if (!is_of_system(fields[4]))
        return {};
    const auto dash = line.find(" - ");
    if (dash == std::string_view::npos)
        return {};
    line.remove_prefix(dash + 3);
    next(line, ' ');
    const std::string_view source = next(line, ' ');
    return source.starts_with("/dev/") ? source : std::string_view{};
}

std::vector<std::string> entries_of(const std::string& directory)
{
    std::vector<std::string> names;
    const Fd opened = open_trusted_directory(directory);
    if (opened && !read_entries(opened.get(), names))
        names.clear();
    return names;
}

// The devices that stand in the path of another.
void add_way(std::string_view path, std::set<PciAddress>& found)
{
    while (!path.empty())
        if (const auto address = PciAddress::parse(next(path, '/')))
            found.insert(*address);
}

// The controllers of a joined disk, or of a partition of one: they stand beside the disk, as links.
void add_controllers(const std::string& disk, std::set<PciAddress>& found)
{
    constexpr std::string_view joined = "/nvme-subsystem/";
    const auto at = disk.find(joined);
    if (at == std::string::npos)
        return;
    const std::string subsystem = disk.substr(0, disk.find('/', at + joined.size())) + "/";
    for (const std::string& name : entries_of(subsystem))
        if (name.starts_with("nvme"))
            add_way(real_path(subsystem + name), found);
}

// `disk` is its directory in sysfs, or a link to it.
void add_disk(const std::string& disk, int depth, std::set<PciAddress>& found)
{
    const std::string real = real_path(disk);
    if (real.empty())
        return;
    add_way(real, found);
    add_controllers(real, found);
    const std::string slaves = real + "/slaves/";
    for (const std::string& name : depth > 1 ? entries_of(slaves) : std::vector<std::string>{})
        add_disk(slaves + name, depth - 1, found);
}

} // namespace

std::set<PciAddress> pci_of_system_disks(const std::string& root)
{
    std::set<PciAddress> found;
    const std::string text = read_small_file(root + mounts, mounts_limit);
    for (std::string_view rest = text; !rest.empty();) {
        const std::string_view device = device_of_system(next(rest, '\n'));
        if (device.empty())
            continue;
        const std::string node = real_path(root + std::string{device});
        if (const auto slash = node.rfind('/'); slash != std::string::npos)
            add_disk(root + "/sys/class/block" + node.substr(slash), deepest_stack, found);
    }
    return found;
}

std::vector<std::string> system_disk_paths(const std::string& root)
{
    return {root + mounts, root + stacked_disks, root + joined_disks};
}

} // namespace qmgmt
