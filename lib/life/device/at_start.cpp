// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/device/at_start.hpp"

#include "base/error.hpp"
#include "base/log.hpp"
#include "life/device/frontend.hpp"
#include "life/power_state.hpp"
#include "state/journal.hpp"

#include <algorithm>

namespace qmgmt {
namespace {

void log(std::string_view what, const Qube& qube, const Error& error)
{
    log_warning(std::string{what} + " '" + qube.name() + "': " + error.text() + " (" +
                error.detail() + "), ignoring");
}

// What is exposed now of what an assignment means; an assignment may leave the qube open.
std::vector<ExposedDevice> meant(Call& call, DeviceClass& klass, const Assignment& assignment)
{
    std::vector<ExposedDevice> found;
    const Qube* backend = call.store().find_any(assignment.backend);
    if (backend == nullptr)
        return found;
    for (ExposedDevice& device : klass.exposed(call, *backend))
        if (device.offered && assignment.means(device.backend, device.port, device.id))
            found.push_back(std::move(device));
    return found;
}

bool has(const std::vector<AttachedDevice>& attached, const ExposedDevice& device)
{
    return std::ranges::any_of(attached, [&](const AttachedDevice& one) {
        return one.backend == device.backend && one.port == device.port;
    });
}

void attach(Call& call, DeviceClass& klass, const Qube& frontend, const Assignment& assignment)
{
    const DeviceOptions options = klass.checked(assignment.options);
    for (const ExposedDevice& device : meant(call, klass, assignment)) {
        if (has(klass.attached(call, frontend), device))
            continue;
        klass.check_options(device, options);
        attach_now(call, klass, frontend, device, options);
    }
}

// "block:sys-usb:sda"
struct Place {
    std::string_view klass;
    std::string_view backend;
    std::string_view port;

    explicit Place(std::string_view text)
        : klass{text.substr(0, text.find(':'))}, port{text.substr(text.rfind(':') + 1)}
    {
        text.remove_prefix(std::min(text.size(), klass.size() + 1));
        backend = text.substr(0, text.find(':'));
    }
};

void note_detached(const Qube& frontend, std::string_view klass, std::string_view backend,
                   std::string_view port)
{
    journal({{frontend.name(),
              "device-detach:" + std::string{klass},
              {{"port", std::string{backend} + ":" + std::string{port}}},
              frontend.klass(),
              frontend.tags()}});
}

bool may_have_of(const Qube& frontend, const RunRecord& record, const DeviceClass& klass,
                 const std::string& backend)
{
    const bool attached = std::ranges::any_of(record.devices, [&](const std::string& text) {
        const Place place{text};
        return place.klass == klass.name() && place.backend == backend;
    });
    return attached || std::ranges::any_of(assignments_of(frontend, klass.name()),
                                           [&](const Assignment& assignment) {
                                               return assignment.backend == backend;
                                           });
}

// Whoever works on the frontend now holds its lock for longer than we may wait: the stopped qube's
// is ours. Its record is for the holder to write.
void take_from(Call& call, DeviceClass& klass, const Qube& frontend, const std::string& backend)
{
    const auto lock = NamedLock::try_lock(qube_lock(frontend.name()), LockMode::exclusive,
                                          call.request().program);
    for (const AttachedDevice& device : klass.attached(call, frontend)) {
        if (device.backend != backend)
            continue;
        if (lock) {
            detach_now(call, klass, frontend, device);
        } else {
            klass.detach(call, frontend, device);
            note_detached(frontend, klass.name(), device.backend, device.port);
        }
    }
}

void take_from_others(Call& call, const Qube& backend,
                      const std::vector<std::unique_ptr<DeviceClass>>& classes)
{
    for (const Uuid& uuid : RunRecord::all()) {
        const auto record = RunRecord::load(uuid);
        const Qube* frontend = record ? call.store().find_any(record->name) : nullptr;
        if (frontend == nullptr || frontend->name() == backend.name())
            continue;
        for (const auto& klass : classes) {
            try {
                if (may_have_of(*frontend, *record, *klass, backend.name()) &&
                    is_running(power_state(call, *frontend)))
                    take_from(call, *klass, *frontend, backend.name());
            } catch (const Error& error) {
                log("cannot take devices of a qube that has stopped from", *frontend, error);
            }
        }
    }
}

} // namespace

void attach_assigned(Call& call, const Qube& frontend,
                     const std::vector<std::unique_ptr<DeviceClass>>& classes)
{
    for (const auto& klass : classes) {
        for (const Assignment& assignment : assignments_of(frontend, klass->name())) {
            if (assignment.mode == Assignment::Mode::ask || klass->is_required(assignment))
                continue;
            try {
                attach(call, *klass, frontend, assignment);
            } catch (const Error& error) {
                log("cannot attach a device to", frontend, error);
            }
        }
    }
}

void release_devices(Call& call, const Qube& stopped, const RunRecord& record,
                     const std::vector<std::unique_ptr<DeviceClass>>& classes)
{
    for (const std::string& text : record.devices) {
        const Place place{text};
        note_detached(stopped, place.klass, place.backend, place.port);
    }
    take_from_others(call, stopped, classes);
}

} // namespace qmgmt
