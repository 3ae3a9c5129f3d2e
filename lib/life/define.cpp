// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/define.hpp"

#include "base/error.hpp"
#include "base/log.hpp"
#include "hypervisor/xen/document.hpp"
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

} // namespace

void define_domain(Call& call, const DomainPlan& plan)
{
    Hypervisor& hypervisor = call.hypervisor();
    const std::string xml = hypervisor.kind() == Hypervisor::Kind::xen
                                ? xen_domain_xml(plan, {})
                                : qemu_domain_xml(plan, qemu_net());
    try {
        hypervisor.define(plan.uuid, xml);
    } catch (const Error& error) {
        if (error.kind() != Failure::in_use || !remove_stale(hypervisor, plan))
            throw;
        hypervisor.define(plan.uuid, xml);
    }
}

} // namespace qmgmt
