// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/property/live.hpp"

#include "base/error.hpp"
#include "base/fd.hpp"
#include "base/paths.hpp"
#include "hypervisor/xen_facts.hpp"
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

namespace {

// The machine's memory and processors do not change while a call runs. Of those of Xen dom0 has
// only a part, and its kernel sees no more.
const std::optional<XenMachine>& machine_of_xen()
{
    static const std::optional<XenMachine> machine = xen_machine(hypervisor_config());
    return machine;
}

long processors()
{
    const auto& xen = machine_of_xen();
    return xen ? static_cast<long>(xen->processors) : ::sysconf(_SC_NPROCESSORS_ONLN);
}

std::string memory_limit_of_dom0()
{
    const auto kib = xen_dom0_memory_kib(hypervisor_config());
    return kib ? std::to_string(*kib >> 10) : "4096"; // as upstream where xenstore does not say
}

} // namespace

std::string SystemValues::value(const Qube* qube, std::string_view property)
{
    if (qube == nullptr) {
        if (property == "maxmem")
            return std::to_string(host_memory_mib());
        if (property == "no_cpus")
            return std::to_string(processors());
        return "";
    }
    if (property == "xid")
        return std::to_string(domain_status(call_, *qube).id);
    if (property == "stubdom_xid")
        return "-1"; // no domain of ours has a device model domain of its own
    if (property == "maxmem" && qube->class_bit() == class_admin)
        return memory_limit_of_dom0();
    if (property == "start_time") {
        const auto seconds = xen_start_time(hypervisor_config(), uuid_of(*qube));
        return seconds ? std::to_string(*seconds) : "";
    }
    return "";
}

std::uint64_t SystemValues::host_memory_mib()
{
    if (const auto& xen = machine_of_xen())
        return xen->memory_kib >> 10;
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
