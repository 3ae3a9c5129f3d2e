// SPDX-License-Identifier: GPL-2.0-or-later

#include "storage/pool.hpp"

#include "base/error.hpp"
#include "storage/directory/reflink.hpp"
#include "storage/file/file_pool.hpp"
#include "storage/linux_kernel.hpp"
#include "storage/zfs/zfs_pool.hpp"

#include <algorithm>
#include <array>

namespace qmgmt {

namespace {

// Drivers that a store may name and that this program does not have.
constexpr std::array<std::string_view, 1> absent_drivers = {"lvm_thin"};

} // namespace

bool Pool::share_committed(const Volume&, const Volume&)
{
    return false;
}

std::unique_ptr<Pool> open_pool(const PoolConfig& config)
{
    if (config.driver == "file-reflink")
        return std::make_unique<ReflinkPool>(config);
    if (config.driver == "linux-kernel")
        return std::make_unique<LinuxKernelPool>(config);
    if (config.driver == "file")
        return std::make_unique<FilePool>(config);
    if (config.driver == "zfs")
        return std::make_unique<ZfsPool>(config);
    const bool known = std::find(absent_drivers.begin(), absent_drivers.end(), config.driver) !=
                       absent_drivers.end();
    const auto purpose = "cannot use pool '" + config.name + "': ";
    if (known)
        throw Error{failure::unsupported,
                    purpose + "its driver '" + config.driver + "' is not supported"};
    throw Error{failure::storage, purpose + "its driver is unknown", "driver " + config.driver};
}

} // namespace qmgmt
