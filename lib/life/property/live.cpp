// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/property/live.hpp"

#include "base/error.hpp"
#include "base/fd.hpp"
#include "base/paths.hpp"
#include "life/power_state.hpp"

#include <unistd.h>

namespace qmgmt {

std::string kernel_directory(const Store& store)
{
    const auto chosen = store.global("default_pool_kernel").value_or("linux-kernel");
    const StoredPool* pool = store.pool(chosen);
    for (const StoredPool& candidate : store.pools()) {
        if (pool == nullptr && candidate.driver == "linux-kernel")
            pool = &candidate;
    }
    if (pool != nullptr) {
        for (const Attribute& option : pool->options) {
            if (option.name == "dir_path")
                return paths::below_root(option.value);
        }
    }
    return paths::below_root(paths::kernels);
}

std::string SystemValues::value(const Qube* qube, std::string_view property)
{
    if (qube == nullptr) {
        if (property == "maxmem")
            return std::to_string(host_memory_mib());
        if (property == "no_cpus")
            return std::to_string(::sysconf(_SC_NPROCESSORS_ONLN));
        return "";
    }
    if (property == "xid")
        return std::to_string(domain_status(call_, *qube).id);
    if (property == "stubdom_xid")
        return "-1"; // no domain of ours has a device model domain of its own
    if (property == "maxmem" && qube->class_bit() == class_admin)
        return "4096"; // what upstream answers where xenstore does not say
    if (property == "start_time") {
        return "";
    }
    return "";
}

std::uint64_t SystemValues::host_memory_mib()
{
    const auto pages = static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES));
    return pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGE_SIZE)) >> 20;
}

std::optional<std::string> SystemValues::kernel_file(std::string_view version,
                                                     std::string_view file)
{
    const std::string path =
        kernel_directory(call_.store()) + "/" + std::string{version} + "/" + std::string{file};
    if (::access(path.c_str(), R_OK) != 0)
        return std::nullopt;
    return read_small_file(path, 4096);
}

} // namespace qmgmt
