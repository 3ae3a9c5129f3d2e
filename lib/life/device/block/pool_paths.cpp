// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/device/block/pool_paths.hpp"

#include "base/error.hpp"
#include "base/paths.hpp"
#include "storage/lvm/name.hpp"
#include "storage/pool_options.hpp"
#include "storage/pool_table.hpp"
#include "storage/zfs/device.hpp"
#include "storage/zfs/zfs_pool.hpp"

#include <algorithm>

namespace qmgmt {
namespace {

std::vector<std::string> starts_of(const PoolConfig& config)
{
    if (config.driver == "lvm_thin") {
        const std::string group = lvm_name(config, "volume_group");
        return {lvm::device_path_start(group), paths::below_root("/dev/" + group + "/")};
    }
    if (config.driver == "zfs")
        return {zvol_path(zfs_container(config)) + "/"};
    return {pool_directory(config) + "/"};
}

} // namespace

PoolPaths::PoolPaths(const Store& store)
{
    for (const StoredPool& pool : store.pools()) {
        of_zfs_ = of_zfs_ || pool.driver == "zfs";
        try {
            for (std::string& start : starts_of(config_of(pool)))
                starts_.push_back(std::move(start));
        } catch (const Error&) {
            continue; // a pool that cannot be used has no volumes that run
        }
    }
}

bool PoolPaths::own(const std::string& path) const
{
    return std::ranges::any_of(starts_,
                               [&](const std::string& start) { return path.starts_with(start); });
}

bool PoolPaths::own(const HostDisk& disk) const
{
    // Which pool of ZFS a volume is of, its name here does not say.
    return (disk.of_zfs && of_zfs_) || (!disk.backing.empty() && own(disk.backing)) ||
           (!disk.mapper_name.empty() && own(paths::below_root("/dev/mapper/" + disk.mapper_name)));
}

} // namespace qmgmt
