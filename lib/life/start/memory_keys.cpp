// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/start/memory_keys.hpp"

#include "life/property/live.hpp"
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

void add_memory_keys(Call& call, const Qube& qube, const DomainPlan& plan, MemoryKeys keys)
{
    if (call.hypervisor().kind() != Hypervisor::Kind::xen || plan.maxmem_mib == 0)
        return;
    SystemValues live{call};
    Effective effective{call.store(), live};
    keys.maxmem_mib = plan.maxmem_mib;
    keys.hotplug = takes_more_memory(effective, qube, plan);
    if (keys.balanced || keys.hotplug)
        write_memory_keys(*open_xenstore(), keys);
}

} // namespace qmgmt
