// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/device/assign.hpp"

#include "base/error.hpp"
#include "life/device/device_request.hpp"

#include <algorithm>

namespace qmgmt {
namespace {

void check_mode(const DeviceClass& klass, const std::optional<Assignment::Mode>& mode,
                Dialect dialect)
{
    if (!mode || !klass.may_be(*mode))
        throw Error{failure::bad_value, "a device of this class is not assigned in this mode"};
    if (dialect == Dialect::r40 && *mode == Assignment::Mode::ask)
        throw Error{failure::bad_value, "a store of this generation has no such mode"};
}

std::string text_or_any(const std::optional<std::string>& text)
{
    return text.value_or("*");
}

// What is to be assigned: of one qube, and something that can be told from others.
splice::DeviceEntry wanted_entry(const DeviceClass& klass, const DeviceRequest& request)
{
    if (!request.device.backend || (!request.device.port && !request.device.id))
        throw Error{failure::bad_value, "what is assigned is a device of one qube, by port or id"};
    return {.klass = std::string{klass.name()},
            .backend = request.device.backend->text(),
            .port = request.device.port ? klass.canonical_port(request.device.port->text()) : "*",
            .mode = std::string{Assignment::name(*request.mode)},
            .identity = text_or_any(request.device.id),
            .options = klass.checked(request.options)};
}

// What the argument means, of what is assigned: a part that is not said is any.
std::vector<Assignment> meant(const Edit& edit, const DeviceClass& klass,
                              const DeviceArgument& device)
{
    std::vector<Assignment> found = assignments_of(edit.destination(), klass.name());
    std::erase_if(found, [&](const Assignment& assignment) {
        const bool same_port = device.port ? klass.canonical_port(assignment.port) ==
                                                 klass.canonical_port(device.port->text())
                                           : assignment.port == "*";
        return !device.backend || assignment.backend != device.backend->text() || !same_port ||
               (device.id && assignment.identity != *device.id);
    });
    if (found.empty())
        throw Error{failure::device_not_assigned, "'" + edit.destination().name() +
                                                      "' is not assigned '" + text_of(device) +
                                                      "'"};
    return found;
}

} // namespace

splice::DeviceEntry entry_of(const DeviceClass& klass, const Assignment& assignment)
{
    return {.klass = std::string{klass.name()},
            .backend = assignment.backend,
            .port = assignment.port,
            .mode = std::string{Assignment::name(assignment.mode)},
            .identity = assignment.identity,
            .options = assignment.options};
}

Reply assign_device(Call& call, DeviceClass& klass)
{
    const DeviceRequest request = device_request(call, klass.name());
    if (request.persistent || request.undetected)
        throw Error{failure::bad_value, "what is assigned is for good, there or not"};
    check_mode(klass, request.mode, call.store().dialect());
    const splice::DeviceEntry entry = wanted_entry(klass, request);
    if (call.destination_name() == "dom0")
        throw Error{failure::bad_value, "dom0 is given no devices"};
    Edit edit = call.edit();
    const std::string& name = call.destination_name();
    if (edit.store().find_any(entry.backend) == nullptr)
        throw Error{failure::device_not_found,
                    "no device '" + text_of(request.device) + "' is exposed"};
    const auto assigned = assignments_of(edit.destination(), klass.name());
    if (std::ranges::any_of(assigned, [&](const Assignment& assignment) {
            return assignment.backend == entry.backend &&
                   klass.canonical_port(assignment.port) == entry.port &&
                   (assignment.identity == entry.identity ||
                    edit.store().dialect() == Dialect::r40);
        }))
        throw Error{failure::device_assigned,
                    "'" + name + "' is assigned '" + text_of(request.device) + "' already"};
    edit.assign_device(name, entry);
    return edit.commit();
}

Reply unassign_device(Call& call, const DeviceClass& klass)
{
    const DeviceArgument device = device_argument(call);
    Edit edit = call.edit();
    for (const Assignment& assignment : meant(edit, klass, device))
        edit.unassign_device(call.destination_name(), entry_of(klass, assignment));
    return edit.commit();
}

Reply set_assignment(Call& call, const DeviceClass& klass)
{
    const DeviceArgument device = device_argument(call);
    const auto mode = parse_mode(call.payload());
    check_mode(klass, mode, call.store().dialect());
    Edit edit = call.edit();
    for (Assignment assignment : meant(edit, klass, device)) {
        assignment.mode = *mode;
        edit.set_assignment(call.destination_name(), entry_of(klass, assignment));
    }
    return edit.commit();
}

} // namespace qmgmt
