// SPDX-License-Identifier: GPL-2.0-or-later

#include "storage/pool.hpp"

#include "base/error.hpp"
#include "base/sha256.hpp"
#include "storage/directory/reflink.hpp"
#include "storage/file/file_pool.hpp"
#include "storage/linux_kernel.hpp"
#include "storage/lvm/thin_pool.hpp"
#include "storage/purpose.hpp"
#include "storage/zfs/zfs_pool.hpp"

#include <algorithm>

namespace qmgmt {
namespace {

constexpr std::size_t export_key_size = 10;

} // namespace

bool Pool::has_leftovers(const Volume&)
{
    return false;
}

bool Pool::share_committed(const Volume&, const Volume&)
{
    return false;
}

BlockPath Pool::export_committed(const Volume& volume, const std::string&)
{
    throw Error{failure::unsupported,
                cannot("attach", volume) + ": volumes of this kind of pool cannot be attached"};
}

BlockPath Pool::export_live(const Volume& volume, const std::string&)
{
    throw Error{failure::unsupported,
                cannot("read", volume) + ": this kind of pool keeps no state of a running qube"};
}

BlockPath Pool::exported(const Volume& volume, const std::string&)
{
    throw Error{failure::storage, cannot("attach", volume) + ": it is not prepared for that"};
}

void Pool::drop_export(const Volume&, const std::string&) {}

std::vector<std::string> Pool::exports(const Volume&)
{
    return {};
}

bool Pool::is_used_by_host(const Volume&)
{
    return false;
}

std::string export_key(std::string_view uuid)
{
    return sha256_hex(uuid).substr(0, export_key_size);
}

bool is_export_key(std::string_view text)
{
    return text.size() == export_key_size && std::ranges::all_of(text, [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
           });
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
