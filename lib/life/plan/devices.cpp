// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/plan/devices.hpp"

#include "base/ascii.hpp"
#include "base/error.hpp"
#include "base/paths.hpp"
#include "device/assignment.hpp"
#include "device/block.hpp"
#include "device/pci/bus.hpp"
#include "device/pci/system_disks.hpp"
#include "life/plan/feature.hpp"
#include "life/power_state.hpp"
#include "names/number.hpp"

#include <sys/stat.h>

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

// "4.2" and what came after it.
bool knows_script(Effective& effective, const Qube& backend)
{
    const std::string version =
        effective.feature_with_template(backend, "qubes-agent-version").value_or("");
    const auto dot = version.find('.');
    if (dot == std::string::npos)
        return false;
    const auto major = parse_decimal(std::string_view{version}.substr(0, dot));
    const auto minor = parse_decimal(std::string_view{version}.substr(dot + 1));
    return major && minor && (*major > 4 || (*major == 4 && *minor >= 2));
}

bool is_block_device(const std::string& path)
{
    struct stat facts {};
    return ::stat(path.c_str(), &facts) == 0 && S_ISBLK(facts.st_mode);
}

std::vector<Assignment> required_of(const Qube& qube, std::string_view klass)
{
    std::vector<Assignment> found = assignments_of(qube, klass);
    std::erase_if(found, [](const Assignment& assignment) {
        return assignment.mode != Assignment::Mode::required;
    });
    return found;
}

void plan_block(DomainPlan& plan, const Assignment& assignment, Call& call, Effective& effective)
{
    const std::string disk = "its disk " + quoted(assignment.port);
    const auto node = block_node(assignment.port);
    const Qube* backend = call.store().find_any(assignment.backend);
    if (!node || backend == nullptr)
        refuse(plan, disk + " is not there");
    BlockPlan block{.path = *node,
                    .backend = {},
                    .target = assignment.option("frontend-dev").value_or(""),
                    .cdrom = assignment.option("devtype") == "cdrom",
                    .writable = !assignment.has("read-only")};
    if (!block.target.empty() && !is_disk_name(block.target))
        refuse(plan, disk + " cannot have the name that is chosen for it");
    if (backend->class_bit() == class_admin) {
        if (!is_block_device(block.path))
            refuse(plan, disk + " is not there");
    } else {
        if (!is_running(power_state(call, *backend)))
            refuse(plan, "the qube that has " + disk + " does not run");
        block.backend = backend->name();
        block.script = knows_script(effective, *backend);
    }
    plan.xen.blocks.push_back(std::move(block));
}

} // namespace

void plan_devices(DomainPlan& plan, Call& call, const Qube& qube, Effective& effective)
{
    if (const auto required = required_of(qube, "pci"); !required.empty()) {
        if (plan.virt_mode == "pvh")
            refuse(plan, "a pvh domain cannot have PCI devices");
        const PciHost host;
        for (const Assignment& assignment : required)
            plan_pci(plan, assignment, host);
    }
    for (const Assignment& assignment : required_of(qube, "block"))
        plan_block(plan, assignment, call, effective);
    plan.xen.e820_host = qube.feature("pci-e820-host") != "";
    plan.xen.power_management = power_is_the_hosts(call.store());
}

bool power_is_the_hosts(const Store& store)
{
    const Qube* dom0 = store.find_any("dom0");
    return dom0 == nullptr || dom0->feature("suspend-s0ix").value_or("").empty();
}

} // namespace qmgmt
