// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/start/memory_keys.hpp"

#include "life/start/memory.hpp"

#include <string>

namespace qmgmt {

void write_memory_keys(Xenstore& store, const MemoryKeys& keys)
{
    if (keys.maxmem_mib == 0)
        return;
    const std::string memory = "/local/domain/" + std::to_string(keys.id) + "/memory/";
    if (keys.balanced) {
        for (const char* const report : {"meminfo", "swapinfo"}) {
            store.write(memory + report, "");
            store.permit(memory + report, keys.id, Xenstore::Access::read_and_write);
        }
    }
    if (keys.hotplug)
        store.write(memory + "hotplug-max", std::to_string(keys.maxmem_mib * 1024));
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
