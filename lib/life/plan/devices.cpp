// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/plan/devices.hpp"

#include "base/ascii.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "base/paths.hpp"
#include "device/assignment.hpp"
#include "device/block.hpp"
#include "device/disk_name.hpp"
#include "device/pci/bus.hpp"
#include "device/pci/system_disks.hpp"
#include "life/device/block/block_plan.hpp"
#include "life/device/block/dom0_disks.hpp"
#include "life/plan/feature.hpp"
#include "life/power_state.hpp"

namespace qmgmt {
namespace {

[[noreturn]] void refuse(const DomainPlan& plan, const std::string& why)
{
    throw Error{failure::vm_failed, "cannot start '" + plan.name + "': " + why};
}

std::string quoted(const std::string& port)
{
    return "'" + printable(port, 64) + "'";
}

// The machine's devices, read once for all that are required.
struct PciHost {
    PciBus bus = PciBus::read(paths::below_root("/sys"));
    SystemPci system = pci_of_system_disks(paths::root());
};

// A domain that took the disks from under dom0 would take the machine with it.
void check_offered(const DomainPlan& plan, const PciDevice& device, const PciHost& host,
                   const std::string& its)
{
    if (const std::string objection = host.system.objection(device); !objection.empty())
        refuse(plan, its + " " + objection);
}

void plan_pci(DomainPlan& plan, const Assignment& assignment, const PciHost& host)
{
    const std::string its = "its PCI device " + quoted(assignment.port);
    const auto port = PciPort::parse(assignment.port);
    const PciDevice* device = port ? host.bus.find(*port) : nullptr;
    if (assignment.backend != "dom0" || device == nullptr)
        refuse(plan, its + " is not there");
    check_offered(plan, *device, host, its);
    plan.xen.pci.push_back({.domain = device->address.segment,
                            .bus = device->address.bus,
                            .slot = device->address.device,
                            .function = device->address.function,
                            .strict_reset = !assignment.has("no-strict-reset"),
                            .permissive = assignment.has("permissive")});
    if (is_display(assignment.identity) || device->is_display())
        plan.xen.nomodeset = false; // a guest that owns a screen may set it up
}

std::vector<Assignment> required_of(const Qube& qube, std::string_view klass)
{
    std::vector<Assignment> found = assignments_of(qube, klass);
    std::erase_if(found, [](const Assignment& assignment) {
        return assignment.mode != Assignment::Mode::required;
    });
    return found;
}

void plan_block(DomainPlan& plan, const Assignment& assignment, Call& call)
{
    const std::string disk = "its disk " + quoted(assignment.port);
    const auto node = block_node(assignment.port);
    const Qube* backend = call.store().find_any(assignment.backend);
    if (!node || backend == nullptr)
        refuse(plan, disk + " is not there");
    const std::string target = assignment.option("frontend-dev").value_or("");
    if (!target.empty() && !is_disk_name(target))
        refuse(plan, disk + " cannot have the name that is chosen for it");
    if (backend->class_bit() == class_admin) {
        if (const std::string why = why_not_offered(call.store(), *node); !why.empty()) {
            log_warning(plan.name + " requires " + *node + " of dom0: " + why + ", refusing");
            refuse(plan, disk + " is not there, or none that a qube may have");
        }
    } else if (!is_running(power_state(call, *backend))) {
        refuse(plan, "the qube that has " + disk + " does not run");
    }
    BlockPlan block = block_plan(call, assignment.backend, assignment.port);
    block.target = target;
    block.cdrom = assignment.option("devtype") == "cdrom";
    block.writable = !assignment.has("read-only");
    plan.xen.blocks.push_back(std::move(block));
}

} // namespace

void plan_blocks(DomainPlan& plan, Call& call, const Qube& qube)
{
    for (const Assignment& assignment : required_of(qube, "block"))
        plan_block(plan, assignment, call);
}

void plan_devices(DomainPlan& plan, Call& call, const Qube& qube)
{
    if (const auto required = required_of(qube, "pci"); !required.empty()) {
        if (plan.virt_mode == "pvh")
            refuse(plan, "a pvh domain cannot have PCI devices");
        const PciHost host;
        for (const Assignment& assignment : required)
            plan_pci(plan, assignment, host);
    }
    plan_blocks(plan, call, qube);
    plan.xen.e820_host = qube.feature("pci-e820-host") != "";
    plan.xen.power_management = power_is_the_hosts(call.store());
}

bool power_is_the_hosts(const Store& store)
{
    const Qube* dom0 = store.find_any("dom0");
    return dom0 == nullptr || dom0->feature("suspend-s0ix").value_or("").empty();
}

} // namespace qmgmt
