// SPDX-License-Identifier: GPL-2.0-or-later
//
// Block devices of dom0 itself, and whether dom0 uses them: a qube that is given such a disk takes
// the machine with it, or reads what is dom0's.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace qmgmt {

// What the kernel says of a disk, a partition, or what is stacked on others.
struct HostDisk {
    std::string name;        // the kernel's: "sda1", "dm-3"
    std::uint64_t size = 0;  // bytes
    bool read_only = false;  // it cannot be written
    std::string backing;     // of a loop device: the image, as the kernel has it
    std::string mapper_name; // of the device mapper: "vg-lv"
    bool of_zfs = false;     // a volume of a pool of ZFS
};

// The disks of the machine, with what uses them, read once. `root` stands before /proc, /sys, /dev
// and /run, and is empty for the machine itself.
class HostDisks {
public:
    explicit HostDisks(std::string root);

    // The disk behind a node, "/dev/sda" or a link to it. Nothing for what is no block device, or
    // not one that the kernel tells about.
    [[nodiscard]] std::optional<HostDisk> disk(const std::string& node) const;

    // Why dom0 must keep it: it, a partition of it or the disk that it is part of is mounted,
    // swapped to, or held by something that is stacked on it, or it is a part of a volume group, a
    // pool or an array that may not run now. Empty: nothing uses it. What cannot be found out is a
    // reason, too.
    [[nodiscard]] std::string why_kept(const HostDisk& disk) const;

private:
    void read_mounts();
    void read_swaps();
    void read_btrfs();
    void add_user(const std::string& node);
    [[nodiscard]] std::string why_kept_itself(const std::string& name) const;
    [[nodiscard]] std::string directory_of(const std::string& name) const;
    [[nodiscard]] std::string number_of(const std::string& name) const;

    std::string root_;
    std::set<std::string> used_;         // names
    std::set<std::string> used_numbers_; // "8:1"
    bool incomplete_ = false;
};

// What must be readable for that.
[[nodiscard]] std::vector<std::string> host_disk_paths(const std::string& root);

} // namespace qmgmt
