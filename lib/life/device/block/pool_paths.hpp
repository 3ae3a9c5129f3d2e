// SPDX-License-Identifier: GPL-2.0-or-later
//
// Whether a path of dom0 is a volume of one of its pools. Those are attached by
// mgmt.vm.volume.Attach and are no devices.
#pragma once

#include "device/host_disk.hpp"
#include "store/store.hpp"

#include <string>
#include <vector>

namespace qmgmt {

class PoolPaths {
public:
    explicit PoolPaths(const Store& store);

    // Below the root in force, as libvirt knows it.
    [[nodiscard]] bool own(const std::string& path) const;
    [[nodiscard]] bool own(const HostDisk& disk) const;

private:
    std::vector<std::string> starts_; // how the paths of their volumes begin
    bool of_zfs_ = false;
};

} // namespace qmgmt
