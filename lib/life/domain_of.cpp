// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/domain_of.hpp"

#include "base/error.hpp"
#include "hypervisor/xen/probe.hpp"
#include "life/plan/devices.hpp"
#include "life/plan/kernel.hpp"
#include "life/plan/xen.hpp"
#include "life/power_state.hpp"
#include "life/property/live.hpp"
#include "names/number.hpp"
#include "state/runtime.hpp"

namespace qmgmt {
namespace {

std::uint64_t number(const std::string& text, std::uint64_t otherwise)
{
    const auto value = parse_integer(text);
    return value && *value >= 0 ? static_cast<std::uint64_t>(*value) : otherwise;
}

void check_template(const Qube& qube, Effective& effective)
{
    if (qube.class_bit() != class_app && qube.class_bit() != class_disp)
        return;
    const Qube* base = effective.template_of(qube);
    if (base == nullptr)
        throw Error{failure::vm_failed,
                    "cannot start '" + qube.name() + "': its template does not exist"};
    if (qube.class_bit() == class_disp && effective.text(*base, "template_for_dispvms") != "True")
        throw Error{failure::vm_failed,
                    "cannot start '" + qube.name() + "': its template is no disposable template"};
}

} // namespace

DomainPlan domain_of(Call& call, const Qube& qube)
{
    SystemValues live{call};
    Effective effective{call.store(), live};
    check_template(qube, effective);
    DomainPlan plan;
    plan.name = qube.name();
    plan.uuid = uuid_of(qube);
    plan.klass = qube.klass();
    if (const Qube* base = effective.template_of(qube);
        base != nullptr && qube.class_bit() == class_disp)
        plan.base = base->name();
    plan.qid = static_cast<int>(number(qube.property("qid").value_or(""), 0));
    plan.virt_mode = effective.text(qube, "virt_mode");
    plan.memory_mib = number(effective.text(qube, "memory"), 400);
    plan.maxmem_mib = number(effective.text(qube, "maxmem"), 0);
    plan.vcpus = static_cast<unsigned>(number(effective.text(qube, "vcpus"), 1));
    plan_kernel(plan, call, qube, effective);
    plan.netvm = effective.text(qube, "netvm");
    plan.provides_network = effective.text(qube, "provides_network") == "True";
    plan.ip = effective.text(qube, "ip");
    plan.ip6 = effective.text(qube, "ip6");
    plan.mac = effective.text(qube, "mac");
    plan.debug = effective.text(qube, "debug") == "True";
    plan.console_log = runtime_file("console/" + qube.name() + ".log");
    // libvirt would quietly swap the meanings.
    const bool chosen = qube.property("maxmem").has_value();
    if (plan.maxmem_mib != 0 && plan.memory_mib > plan.maxmem_mib) {
        if (chosen)
            throw Error{failure::vm_failed, "cannot start '" + qube.name() +
                                                "': its memory is greater than its maxmem"};
        plan.maxmem_mib = plan.memory_mib;
    }
    if (call.hypervisor().kind() == Hypervisor::Kind::xen) {
        if (plan.virt_mode == "hvm") // before any other qube is started for it
            require_stub_domains(xen_dialect(call.hypervisor(), call.lock_deadline()));
        plan_machine(plan, call, qube, effective);
        plan_devices(plan, call, qube);
    } else {
        plan_blocks(plan, call, qube);
    }
    return plan;
}

void add_disks(DomainPlan& plan, QubeStorage& storage)
{
    for (const Volume& volume : storage.volumes()) {
        if (volume.vid.empty())
            continue; // no kernel from dom0
        if (const auto path = storage.block_path(volume))
            plan.disks.push_back({volume.role, path->path, path->block_device, volume.rw, {}});
    }
}

} // namespace qmgmt
