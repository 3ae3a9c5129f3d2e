// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/device/detach.hpp"

#include "base/error.hpp"
#include "call/edit.hpp"
#include "life/device/assign.hpp"
#include "life/device/device_request.hpp"
#include "life/device/frontend.hpp"
#include "life/refusal.hpp"

#include <algorithm>

namespace qmgmt {
namespace {

void forget_assignments(Call& call, const DeviceClass& klass,
                        const std::vector<Assignment>& assignments)
{
    Edit edit = call.edit();
    for (const Assignment& assignment : assignments)
        edit.unassign_device(call.destination_name(), entry_of(klass, assignment));
    static_cast<void>(edit.commit());
}

} // namespace

Reply detach_device(Call& call, DeviceClass& klass)
{
    return detach_device(call, klass, device_argument(call));
}

Reply detach_device(Call& call, DeviceClass& klass, const DeviceArgument& device)
{
    if (!device.backend || !device.port)
        throw Error{failure::bad_value, "what is detached is one device of one qube"};
    const std::string& backend = device.backend->text();
    const std::string port = klass.canonical_port(device.port->text());
    if (call.destination_name() == "dom0")
        throw Error{failure::device_not_assigned, "dom0 is given no devices"};
    call.act();
    Frontend frontend{call, klass};
    const auto attached = frontend.attached(backend, port);
    std::vector<Assignment> assigned = frontend.assigned();
    std::erase_if(assigned, [&](const Assignment& assignment) {
        return assignment.backend != backend || klass.canonical_port(assignment.port) != port;
    });
    if (!attached && (assigned.empty() || call.request().admin))
        throw Error{failure::device_not_assigned,
                    "'" + frontend.qube().name() + "' has no device '" + text_of(device) + "'"};
    if (!frontend.halted() && std::ranges::any_of(assigned, [&](const Assignment& assignment) {
            return klass.is_required(assignment);
        }))
        throw Error{failure::not_halted, "'" + frontend.qube().name() + "' requires '" +
                                             text_of(device) + "' and is not powered off"};
    if (attached)
        detach_now(call, klass, frontend.qube(), *attached);
    if (!assigned.empty() && !call.request().admin)
        forget_assignments(call, klass, assigned);
    return {};
}

} // namespace qmgmt
