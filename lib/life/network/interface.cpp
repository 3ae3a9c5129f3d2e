// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/network/interface.hpp"

#include "base/config.hpp"
#include "hypervisor/device_key.hpp"
#include "hypervisor/xen/document.hpp"
#include "life/power_state.hpp"
#include "life/property/live.hpp"

#include <optional>

namespace qmgmt {
namespace {

enum class Purpose { attach, detach };

// By its MAC alone it is told from others; whom a paused qube has left by now does not matter.
std::optional<std::string> on_xen(Effective& effective, const Qube& qube, Purpose purpose)
{
    InterfacePlan plan{.mac = effective.text(qube, "mac")};
    if (purpose == Purpose::attach) {
        plan.ip = effective.text(qube, "ip");
        plan.ip6 = effective.text(qube, "ip6");
        plan.backend = effective.text(qube, "netvm");
        if (plan.backend.empty())
            return std::nullopt; // it would be dom0's
    }
    return xen_interface_xml(plan);
}

std::optional<std::string> interface_xml(Call& call, const Qube& qube, Purpose purpose)
{
    if (!call.has_hypervisor())
        return std::nullopt;
    SystemValues live{call};
    Effective effective{call.store(), live};
    switch (call.hypervisor().kind()) {
    case Hypervisor::Kind::xen: return on_xen(effective, qube, purpose);
    case Hypervisor::Kind::qemu:
        if (qemu_net() == QemuNet::none)
            return std::nullopt;
        return qemu_interface_xml(effective.text(qube, "mac"));
    case Hypervisor::Kind::offline:
    case Hypervisor::Kind::test: return std::nullopt;
    }
    return std::nullopt;
}

bool is_attached(Call& call, const Qube& qube, const std::string& xml)
{
    return DeviceKey{xml}.is_in(call.hypervisor().live_xml(uuid_of(qube)));
}

} // namespace

QemuNet qemu_net()
{
    return config().word("qemu-net", "none", {"none", "user"}) == "user" ? QemuNet::user
                                                                         : QemuNet::none;
}

void attach_interface(Call& call, const Qube& qube)
{
    const auto xml = interface_xml(call, qube, Purpose::attach);
    if (xml && !is_attached(call, qube, *xml))
        call.hypervisor().attach(uuid_of(qube), *xml);
}

void detach_interface(Call& call, const Qube& qube)
{
    const auto xml = interface_xml(call, qube, Purpose::detach);
    if (xml && is_attached(call, qube, *xml))
        call.hypervisor().detach(uuid_of(qube), *xml);
}

} // namespace qmgmt
