// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/define.hpp"

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/paths.hpp"
#include "hypervisor/override/override.hpp"
#include "hypervisor/xen/probe.hpp"
#include "life/network/interface.hpp"

namespace qmgmt {
namespace {

constexpr std::string_view our_mark = "https://qubes-mgmt.invalid/xmlns/1"; // in the metadata

// True when there was one, and it is gone.
bool remove_stale(Hypervisor& hypervisor, const DomainPlan& plan)
{
    for (const DomainStatus& domain : hypervisor.list()) {
        if (domain.name != plan.name || domain.uuid == plan.uuid)
            continue;
        if (domain.state != PowerState::halted ||
            hypervisor.live_xml(domain.uuid).find(our_mark) == std::string::npos)
            return false;
        log_warning("undefining the domain '" + plan.name + "' of a qube that is no more");
        hypervisor.undefine(domain.uuid);
        return true;
    }
    return false;
}

std::string document(Call& call, const DomainPlan& plan)
{
    Hypervisor& hypervisor = call.hypervisor();
    return hypervisor.kind() == Hypervisor::Kind::xen
               ? xen_domain_xml(plan, xen_dialect(hypervisor, call.lock_deadline()))
               : qemu_domain_xml(plan, qemu_net());
}

} // namespace

void define_domain(Call& call, const DomainPlan& plan)
{
    Hypervisor& hypervisor = call.hypervisor();
    const std::string xml = overridden(
        document(call, plan),
        {.name = plan.name, .klass = plan.klass, .mode = plan.virt_mode, .base = plan.base},
        paths::below_root(paths::domain_overrides));
    try {
        hypervisor.define(plan.uuid, xml);
    } catch (const Error& error) {
        if (error.kind() != Failure::in_use || !remove_stale(hypervisor, plan))
            throw;
        hypervisor.define(plan.uuid, xml);
    }
}

} // namespace qmgmt
