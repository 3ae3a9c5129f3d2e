// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/start/memory_keys.hpp"

#include "life/start/memory.hpp"

#include <algorithm>
#include <limits>
#include <string>

namespace qmgmt {
namespace {

std::string memory_of(int id)
{
    return "/local/domain/" + std::to_string(id) + "/memory/";
}

std::string limit_of(int id)
{
    return memory_of(id) + "hotplug-max";
}

std::string kib_text(std::uint64_t mib)
{
    constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max() / 1024;
    return std::to_string(std::min(mib, most) * 1024);
}

} // namespace

bool has_memory_limit(Xenstore& store, int id)
{
    return store.read(limit_of(id)).has_value();
}

void change_memory_limit(Xenstore& store, int id, std::uint64_t maxmem_mib)
{
    if (has_memory_limit(store, id)) // else the domain is gone, and would get nodes again
        store.write(limit_of(id), kib_text(maxmem_mib));
}

void write_memory_keys(Xenstore& store, const MemoryKeys& keys)
{
    if (keys.maxmem_mib == 0)
        return;
    const std::string memory = memory_of(keys.id);
    if (keys.balanced) {
        for (const char* const report : {"meminfo", "swapinfo"}) {
            store.write(memory + report, "");
            store.permit(memory + report, keys.id, Xenstore::Access::read_and_write);
        }
    }
    if (keys.hotplug)
        store.write(limit_of(keys.id), kib_text(keys.maxmem_mib));
}

void add_memory_keys(Call& call, const DomainPlan& plan, int id, bool balanced)
{
    const MemoryKeys keys{.id = id,
                          .balanced = balanced,
                          .maxmem_mib = memory_limit(plan),
                          .hotplug = plan.xen.memory_hotplug};
    if (call.hypervisor().kind() == Hypervisor::Kind::xen && keys.maxmem_mib != 0 &&
        (keys.balanced || keys.hotplug))
        write_memory_keys(*open_xenstore(), keys);
}

} // namespace qmgmt
