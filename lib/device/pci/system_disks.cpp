// SPDX-License-Identifier: GPL-2.0-or-later

#include "device/pci/system_disks.hpp"

#include "base/directory_tree.hpp"
#include "base/fd.hpp"
#include "base/real_path.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <string_view>
#include <unistd.h>

namespace qmgmt {
namespace {

constexpr std::size_t mounts_limit = std::size_t{1} << 20;
constexpr int deepest_stack = 16;
constexpr const char* mounts = "/proc/self/mountinfo";
constexpr const char* stacked_disks = "/sys/devices/virtual/block";
// A disk that several controllers may reach belongs to none of them, but to what joins them.
constexpr const char* joined_disks = "/sys/devices/virtual/nvme-subsystem";
constexpr const char* btrfs = "/sys/fs/btrfs";

std::string_view next(std::string_view& text, char separator)
{
    const std::string_view piece = text.substr(0, text.find(separator));
    text.remove_prefix(std::min(text.size(), piece.size() + 1));
    return piece;
}

struct Mount {
    std::string_view point;
    std::string_view type;
    std::string_view source;

    [[nodiscard]] bool is_of_system() const
    {
        return point == "/" || point == "/boot" || point == "/boot/efi";
    }
};

// "27 1 253:0 / / rw,relatime shared:1 - ext4 /dev/mapper/qubes_dom0-root rw". Its number is no
// help: btrfs makes one up.
Mount parse_mount(std::string_view line)
{
    std::array<std::string_view, 5> fields;
    std::string_view rest = line;
    for (std::string_view& field : fields)
        field = next(rest, ' ');
    Mount mount{.point = fields[4], .type = {}, .source = {}};
    if (const auto dash = rest.find("- "); dash != std::string_view::npos) {
        rest.remove_prefix(dash + 2);
        mount.type = next(rest, ' ');
        mount.source = next(rest, ' ');
    }
    return mount;
}

class Search {
public:
    explicit Search(const std::string& root) : root_{root} {}

    void add(const Mount& mount);
    // There may be more than what is found.
    void give_up() { found_.incomplete = true; }

    [[nodiscard]] SystemPci found() const { return found_; }

private:
    // None where there is no such directory.
    std::vector<std::string> entries_of(const std::string& directory);
    void add_btrfs(const std::string& name);
    // Of sysfs, or a link to it.
    void add_disk(const std::string& directory, int depth);
    bool add_way(std::string_view real);
    void add_controllers(const std::string& subsystem);

    const std::string& root_;
    SystemPci found_;
};

std::vector<std::string> Search::entries_of(const std::string& directory)
{
    std::vector<std::string> names;
    const Fd opened = open_trusted_directory(directory);
    if (opened ? !read_entries(opened.get(), names) : errno != ENOENT) {
        names.clear();
        give_up();
    }
    return names;
}

// The devices that stand in the path of a disk or a controller. False for what the kernel made up:
// what it stands on is not in its path.
bool Search::add_way(std::string_view real)
{
    bool known = real.find("/devices/virtual/") == std::string_view::npos;
    while (!real.empty()) {
        if (const auto address = PciAddress::parse(next(real, '/'))) {
            found_.devices.insert(*address);
            known = true;
        }
    }
    return known;
}

// The controllers of a joined disk: they stand beside it, as links.
void Search::add_controllers(const std::string& subsystem)
{
    bool any = false;
    for (const std::string& name : entries_of(subsystem)) {
        if (!name.starts_with("nvme"))
            continue;
        const auto controller = real_path(subsystem + name);
        if (controller && controller->starts_with(subsystem))
            continue; // the disk itself
        any = true;
        if (!controller || !add_way(*controller))
            give_up();
    }
    if (!any)
        give_up();
}

void Search::add_disk(const std::string& directory, int depth)
{
    auto real = real_path(directory);
    if (!real || depth == 0)
        return give_up();
    if (::access((*real + "/partition").c_str(), F_OK) == 0)
        real->resize(real->rfind('/')); // what is below a partition is below its disk
    constexpr std::string_view joined = "/nvme-subsystem/";
    if (const auto at = real->find(joined); at != std::string::npos)
        return add_controllers(real->substr(0, real->find('/', at + joined.size())) + "/");
    const std::string slaves = *real + "/slaves/";
    const auto names = entries_of(slaves);
    for (const std::string& name : names)
        add_disk(slaves + name, depth - 1);
    if (!add_way(*real) && names.empty())
        give_up();
}

// The kernel names one of its disks.
void Search::add_btrfs(const std::string& name)
{
    const std::string all = root_ + btrfs + "/";
    for (const std::string& each : entries_of(all)) {
        const std::string devices = all + each + "/devices/";
        const auto names = entries_of(devices);
        if (std::ranges::find(names, name) == names.end())
            continue;
        for (const std::string& disk : names)
            add_disk(devices + disk, deepest_stack);
        return;
    }
    give_up();
}

void Search::add(const Mount& mount)
{
    if (mount.type == "autofs") // nothing is mounted there yet, or it has a line of its own
        return;
    const auto node = mount.source.starts_with("/dev/")
                          ? real_path(root_ + std::string{mount.source})
                          : std::nullopt;
    if (!node)
        return give_up();
    const std::string name = node->substr(node->rfind('/') + 1);
    add_disk(root_ + "/sys/class/block/" + name, deepest_stack);
    if (mount.type == "btrfs")
        add_btrfs(name);
}

} // namespace

SystemPci pci_of_system_disks(const std::string& root)
{
    Search search{root};
    const std::string text = read_small_file(root + mounts, mounts_limit);
    bool has_root = false;
    for (std::string_view rest = text; !rest.empty();) {
        const Mount mount = parse_mount(next(rest, '\n'));
        if (!mount.is_of_system())
            continue;
        has_root = has_root || mount.point == "/";
        search.add(mount);
    }
    if (!has_root || text.size() >= mounts_limit)
        search.give_up();
    return search.found();
}

std::vector<std::string> system_disk_paths(const std::string& root)
{
    return {root + mounts, root + stacked_disks, root + joined_disks, root + btrfs};
}

std::string SystemPci::objection(const PciDevice& device) const
{
    if (device.is_bridge())
        return "is a bridge";
    if (devices.contains(device.address))
        return "has disks of dom0 behind it";
    return incomplete && device.may_have_disks() ? "may have disks of dom0 behind it" : "";
}

} // namespace qmgmt
