// SPDX-License-Identifier: GPL-2.0-or-later
//
// Disks of a dom0 below a directory: nodes, and what the kernel says of them. Their numbers are
// those of loop devices.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

namespace qmgmt::test {

class DiskTree {
public:
    explicit DiskTree(std::string top_directory) : top{std::move(top_directory)} {}

    // Only root may make nodes, and not everywhere.
    static bool can_be(const std::string& directory)
    {
        const std::string path = directory + "/node";
        const bool made = ::mknod(path.c_str(), S_IFBLK | 0600, makedev(loop_major, 255)) == 0;
        ::unlink(path.c_str());
        return made;
    }

    void write(const std::string& path, std::string_view bytes) const
    {
        std::ofstream{make_way(path), std::ios::binary} << bytes;
    }
    void link(const std::string& path, const std::string& target) const
    {
        std::filesystem::create_symlink(target, make_way(path));
    }
    // True when it could be made.
    [[nodiscard]] bool node(const std::string& path, unsigned number) const
    {
        return ::mknod(make_way(path).c_str(), S_IFBLK | 0600, makedev(loop_major, number)) == 0;
    }

    void add(const std::string& name, unsigned number, int sectors = 8,
             bool read_only = false) const
    {
        const std::string place = "devices/virtual/block/" + name;
        fill("/sys/" + place, number, sectors, read_only);
        link("/sys/class/block/" + name, "../../" + place);
        static_cast<void>(node("/dev/" + name, number));
    }
    void add_partition(const std::string& disk, const std::string& name, unsigned number) const
    {
        const std::string place = "devices/virtual/block/" + disk + "/" + name;
        fill("/sys/" + place, number, 4, false);
        write("/sys/" + place + "/partition", "1\n");
        link("/sys/class/block/" + name, "../../" + place);
        static_cast<void>(node("/dev/" + name, number));
    }

    const std::string top;

private:
    static constexpr unsigned loop_major = 7;

    [[nodiscard]] std::string make_way(const std::string& path) const
    {
        std::filesystem::create_directories(std::filesystem::path{top + path}.parent_path());
        return top + path;
    }
    void fill(const std::string& place, unsigned number, int sectors, bool read_only) const
    {
        write(place + "/dev", "7:" + std::to_string(number) + "\n");
        write(place + "/size", std::to_string(sectors) + "\n");
        write(place + "/ro", read_only ? "1\n" : "0\n");
        std::filesystem::create_directories(top + place + "/holders");
    }
};

} // namespace qmgmt::test
