// SPDX-License-Identifier: GPL-2.0-or-later

#include "device/host_disk.hpp"

#include "base/directory_tree.hpp"
#include "base/fd.hpp"
#include "base/real_path.hpp"
#include "names/number.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

namespace qmgmt {
namespace {

constexpr std::size_t mounts_limit = std::size_t{1} << 20;
constexpr std::uint64_t sector = 512;
constexpr const char* mounts = "/proc/self/mountinfo";
constexpr const char* swaps = "/proc/swaps";
constexpr const char* btrfs = "/sys/fs/btrfs";
constexpr const char* block = "/sys/class/block/";
constexpr const char* udev = "/run/udev/data";

// What udev found on a disk that is a part of something larger.
constexpr std::array<std::string_view, 6> members = {
    "LVM1_member", "LVM2_member", "zfs_member", "linux_raid_member", "ddf_raid_member", "bcache"};

std::string_view next(std::string_view& text, char separator)
{
    const std::string_view piece = text.substr(0, text.find(separator));
    text.remove_prefix(std::min(text.size(), piece.size() + 1));
    return piece;
}

std::string first_line(const std::string& path)
{
    std::string text = read_small_file(path, 4096);
    text.resize(std::min(text.size(), text.find('\n')));
    return text;
}

bool is_there(const std::string& path)
{
    return ::access(path.c_str(), F_OK) == 0;
}

// False when they cannot be read; a directory that is not there has none.
bool names_in(const std::string& directory, std::vector<std::string>& names)
{
    const Fd opened = open_trusted_directory(directory);
    return opened ? read_entries(opened.get(), names) : errno == ENOENT;
}

std::string name_of(const std::string& path)
{
    return path.substr(path.rfind('/') + 1);
}

// The number of a node; empty for what is no block device.
std::string number_of_node(const std::string& path)
{
    struct stat facts {};
    if (::stat(path.c_str(), &facts) != 0 || !S_ISBLK(facts.st_mode))
        return {};
    return std::to_string(major(facts.st_rdev)) + ":" + std::to_string(minor(facts.st_rdev));
}

} // namespace

HostDisks::HostDisks(std::string root) : root_{std::move(root)}
{
    read_mounts();
    read_swaps();
    read_btrfs();
}

void HostDisks::add_user(const std::string& node)
{
    if (const auto real = real_path(root_ + node))
        used_.insert(name_of(*real));
    used_.insert(name_of(node));
}

void HostDisks::read_mounts()
{
    const std::string text = read_small_file(root_ + mounts, mounts_limit);
    incomplete_ = incomplete_ || text.empty() || text.size() >= mounts_limit;
    for (std::string_view rest = text; !rest.empty();) {
        std::string_view line = next(rest, '\n');
        const auto dash = line.find(" - ");
        for (int i = 0; i < 2; ++i)
            next(line, ' ');
        used_numbers_.emplace(next(line, ' '));
        if (dash == std::string_view::npos)
            continue;
        line = line.substr(line.find(" - ") + 3);
        next(line, ' '); // the type
        if (const std::string source{next(line, ' ')}; source.starts_with("/dev/"))
            add_user(source);
    }
}

void HostDisks::read_swaps()
{
    const std::string text = read_small_file(root_ + swaps, mounts_limit);
    incomplete_ = incomplete_ || text.size() >= mounts_limit ||
                  (text.empty() && is_there(root_ + swaps)); // a kernel may know of none
    std::string_view rest = text;
    next(rest, '\n'); // the heading
    while (!rest.empty()) {
        std::string_view line = next(rest, '\n');
        if (const std::string file{next(line, ' ')}; file.starts_with("/dev/"))
            add_user(file);
    }
}

// Of a file system on several disks only one is named as mounted.
void HostDisks::read_btrfs()
{
    const std::string all = root_ + btrfs + "/";
    std::vector<std::string> systems;
    if (!names_in(all, systems))
        incomplete_ = true;
    for (const std::string& system : systems) {
        std::vector<std::string> disks;
        if (!names_in(all + system + "/devices", disks))
            incomplete_ = true;
        used_.insert(disks.begin(), disks.end());
    }
}

std::string HostDisks::directory_of(const std::string& name) const
{
    return real_path(root_ + block + name).value_or("");
}

std::string HostDisks::number_of(const std::string& name) const
{
    return first_line(root_ + block + name + "/dev");
}

std::optional<HostDisk> HostDisks::disk(const std::string& node) const
{
    const auto real = real_path(root_ + node);
    if (!real || !real->starts_with(root_ + "/dev/"))
        return std::nullopt;
    HostDisk found{.name = name_of(*real)};
    const std::string directory = directory_of(found.name);
    const std::string number = number_of_node(*real);
    // A node may have any name: it is the number that counts.
    if (directory.empty() || number.empty() || number_of(found.name) != number)
        return std::nullopt;
    found.size = parse_decimal(first_line(directory + "/size")).value_or(0) * sector;
    found.read_only = first_line(directory + "/ro") == "1";
    found.backing = first_line(directory + "/loop/backing_file");
    found.mapper_name = first_line(directory + "/dm/name");
    found.of_zfs = found.name.starts_with("zd");
    return found;
}

std::string HostDisks::why_kept_itself(const std::string& name) const
{
    const std::string number = number_of(name);
    if (number.empty())
        return "its number is not known";
    if (used_.contains(name) || used_numbers_.contains(number))
        return "it is mounted or swapped to";
    std::vector<std::string> holders;
    if (!names_in(root_ + block + name + "/holders", holders))
        return "what is stacked on it cannot be read";
    if (!holders.empty())
        return holders.front() + " is stacked on it";
    const std::string known = read_small_file(root_ + udev + "/b" + number);
    for (std::string_view rest = known; !rest.empty();) {
        std::string_view line = next(rest, '\n');
        if (next(line, '=') == "E:ID_FS_TYPE" && std::ranges::find(members, line) != members.end())
            return "it is a " + std::string{line};
    }
    return {};
}

std::string HostDisks::why_kept(const HostDisk& disk) const
{
    if (incomplete_)
        return "what dom0 uses cannot be found out";
    if (std::string why = why_kept_itself(disk.name); !why.empty())
        return why;
    const std::string directory = directory_of(disk.name);
    if (directory.empty())
        return "the kernel does not tell about it";
    if (is_there(directory + "/partition"))
        return why_kept_itself(name_of(directory.substr(0, directory.rfind('/'))));
    std::vector<std::string> below;
    if (!names_in(directory, below))
        return "its partitions cannot be read";
    for (const std::string& name : below) {
        if (!is_there(directory + "/" + name + "/partition"))
            continue;
        if (std::string why = why_kept_itself(name); !why.empty())
            return "of its partition " + name + ": " + why;
    }
    return {};
}

std::vector<std::string> host_disk_paths(const std::string& root)
{
    std::vector<std::string> paths;
    for (const char* const path :
         {mounts, swaps, btrfs, "/sys/class/block", "/sys/block", "/sys/devices", udev})
        paths.push_back(root + path);
    return paths;
}

} // namespace qmgmt
