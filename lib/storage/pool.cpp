// SPDX-License-Identifier: GPL-2.0-or-later

#include "storage/pool.hpp"

#include "base/error.hpp"
#include "storage/directory/reflink.hpp"
#include "storage/file/file_pool.hpp"
#include "storage/linux_kernel.hpp"
#include "storage/lvm/thin_pool.hpp"
#include "storage/zfs/zfs_pool.hpp"

namespace qmgmt {

bool Pool::has_leftovers(const Volume&)
{
    return false;
}

bool Pool::share_committed(const Volume&, const Volume&)
{
    return false;
}

std::unique_ptr<Pool> open_pool(const PoolConfig& config)
{
    if (config.driver == "file-reflink")
        return std::make_unique<ReflinkPool>(config);
    if (config.driver == "lvm_thin")
        return std::make_unique<ThinPool>(config);
    if (config.driver == "linux-kernel")
        return std::make_unique<LinuxKernelPool>(config);
    if (config.driver == "file")
        return std::make_unique<FilePool>(config);
    if (config.driver == "zfs")
        return std::make_unique<ZfsPool>(config);
    const auto purpose = "cannot use pool '" + config.name + "': ";
    throw Error{failure::storage, purpose + "its driver is unknown", "driver " + config.driver};
}

} // namespace qmgmt
