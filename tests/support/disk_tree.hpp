// SPDX-License-Identifier: GPL-2.0-or-later
//
// Disks of a dom0 below a directory: nodes, what the kernel says of them, what uses them. Their
// numbers are those of loop devices; nobody opens the nodes.
#pragma once

#include "support/in_root.hpp"

#include <filesystem>
#include <string>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

namespace qmgmt::test {

class DiskTree {
public:
    // Only root may make nodes, and not everywhere.
    static bool can_be()
    {
        const DiskTree tree;
        return tree.node("/dev/x", 255);
    }

    void write(const std::string& path, const std::string& bytes) const
    {
        root_.write(path, bytes);
    }
    void link(const std::string& path, const std::string& target) const
    {
        std::filesystem::create_symlink(target, root_.make_way(path));
    }
    // True when it could be made.
    [[nodiscard]] bool node(const std::string& path, unsigned number) const
    {
        constexpr unsigned loop_major = 7;
        return ::mknod(root_.make_way(path).c_str(), S_IFBLK | 0600, makedev(loop_major, number)) ==
               0;
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

private:
    void fill(const std::string& place, unsigned number, int sectors, bool read_only) const
    {
        write(place + "/dev", "7:" + std::to_string(number) + "\n");
        write(place + "/size", std::to_string(sectors) + "\n");
        write(place + "/ro", read_only ? "1\n" : "0\n");
        std::filesystem::create_directories(root_.make_way(place + "/holders"));
    }

    Root root_;

public:
    const std::string top = std::filesystem::path{root_.make_way("/dev")}.parent_path();
};

} // namespace qmgmt::test
