// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/network/interface.hpp"

#include "base/config.hpp"
#include "hypervisor/device_key.hpp"
#include "life/power_state.hpp"
#include "life/property/live.hpp"

#include <optional>

namespace qmgmt {
namespace {

std::optional<std::string> interface_xml(Call& call, const Qube& qube)
{
    if (!call.has_hypervisor() || qemu_net() == QemuNet::none ||
        call.hypervisor().kind() != Hypervisor::Kind::qemu)
        return std::nullopt;
    SystemValues live{call};
    return qemu_interface_xml(Effective{call.store(), live}.text(qube, "mac"));
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
    const auto xml = interface_xml(call, qube);
    if (xml && !is_attached(call, qube, *xml))
        call.hypervisor().attach(uuid_of(qube), *xml);
}

void detach_interface(Call& call, const Qube& qube)
{
    const auto xml = interface_xml(call, qube);
    if (xml && is_attached(call, qube, *xml))
        call.hypervisor().detach(uuid_of(qube), *xml);
}

} // namespace qmgmt
