// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/device/frontend.hpp"

#include "base/error.hpp"
#include "call/edit.hpp"
#include "life/power_state.hpp"
#include "life/run_record.hpp"
#include "life/settle.hpp"
#include "state/journal.hpp"

#include <algorithm>

namespace qmgmt {
namespace {

std::string place(std::string_view backend, std::string_view port)
{
    return std::string{backend} + ":" + std::string{port};
}

void note(std::string_view event, const DeviceClass& klass, const Qube& frontend,
          std::vector<std::pair<std::string, std::string>> keys)
{
    journal({{frontend.name(), std::string{event} + ":" + std::string{klass.name()},
              std::move(keys), frontend.klass(), frontend.tags()}});
}

// Who cleans up after the qube finds there what it had. One that was started without us has none.
template<typename Change>
void change_record(const Qube& frontend, const Change& change)
{
    auto record = RunRecord::load(uuid_of(frontend));
    if (!record)
        return;
    change(record->devices);
    record->save(uuid_of(frontend));
}

std::string recorded(const DeviceClass& klass, std::string_view backend, std::string_view port)
{
    return std::string{klass.name()} + ":" + place(backend, port);
}

std::string lock_name(const DeviceClass& klass, const std::string& backend)
{
    return "device/" + place(klass.name(), backend);
}

// Two that attach one device to two qubes: the second finds who has it.
NamedLock lock_devices_of(Call& call, const DeviceClass& klass, const std::string& backend)
{
    return NamedLock::wait(lock_name(klass, backend), LockMode::exclusive, call.lock_deadline(),
                           call.request().program);
}

} // namespace

Frontend::Frontend(Call& call, DeviceClass& klass)
    : call_{call}, class_{klass}, lock_{NamedLock::wait(qube_lock(call.destination_name()),
                                                        LockMode::exclusive, call.lock_deadline(),
                                                        call.request().program)}
{
    call.refresh();
    state_ = settled_state(call, call.destination());
    qube_ = &call.destination();
}

bool Frontend::runs() const
{
    return state_ == PowerState::running || state_ == PowerState::transient ||
           state_ == PowerState::paused;
}

std::optional<AttachedDevice> Frontend::attached(std::string_view backend, std::string_view port)
{
    if (!is_running(state_))
        return std::nullopt;
    std::vector<AttachedDevice> devices = class_.attached(call_, *qube_);
    const auto found = std::ranges::find_if(devices, [&](const AttachedDevice& device) {
        return device.backend == backend && device.port == port;
    });
    return found == devices.end() ? std::nullopt : std::optional{std::move(*found)};
}

std::vector<Assignment> Frontend::assigned() const
{
    return assignments_of(*qube_, class_.name());
}

void attach_now(Call& call, DeviceClass& klass, const Qube& frontend, const ExposedDevice& device,
                const DeviceOptions& options)
{
    const NamedLock lock = lock_devices_of(call, klass, device.backend);
    klass.look_again();
    if (klass.user_of(call, device))
        throw Error{failure::device_attached,
                    "'" + device_token(device) + "' is attached to another qube"};
    klass.check_frontend(call, frontend, options);
    klass.attach(call, frontend, device, options);
    const std::string entry = recorded(klass, device.backend, device.port);
    change_record(frontend, [&](std::vector<std::string>& devices) {
        if (std::ranges::find(devices, entry) == devices.end())
            devices.push_back(entry);
    });
    note("device-attach", klass, frontend,
         {{"device", place(device.backend, device.port) + ":" + device.id},
          {"options", options_text(options)}});
}

void detach_now(Call& call, DeviceClass& klass, const Qube& frontend, const AttachedDevice& device)
{
    const NamedLock lock = lock_devices_of(call, klass, device.backend);
    klass.detach(call, frontend, device);
    change_record(frontend, [&](std::vector<std::string>& devices) {
        std::erase(devices, recorded(klass, device.backend, device.port));
    });
    note("device-detach", klass, frontend, {{"port", place(device.backend, device.port)}});
}

bool are_devices_free(const Call& call, const DeviceClass& klass, const std::string& backend)
{
    return NamedLock::try_lock(lock_name(klass, backend), LockMode::exclusive,
                               call.request().program)
        .has_value();
}

std::optional<ExposedDevice> exposed_device(Call& call, DeviceClass& klass, const Qube& backend,
                                            std::string_view port)
{
    std::vector<ExposedDevice> devices = klass.exposed(call, backend);
    const auto found = std::ranges::find(devices, port, &ExposedDevice::port);
    return found == devices.end() ? std::nullopt : std::optional{std::move(*found)};
}

} // namespace qmgmt
