// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/device/usb/usb_class.hpp"

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/paths.hpp"
#include "life/device/exposed_table.hpp"
#include "life/device/frontend.hpp"
#include "life/device/usb/one_shot_rule.hpp"
#include "life/power_state.hpp"
#include "life/property/live.hpp"
#include "life/qrexec/guest_service.hpp"
#include "life/refusal.hpp"

#include <unistd.h>

namespace qmgmt {
namespace {

constexpr std::chrono::seconds guest_patience{60};
constexpr std::string_view export_service = "/etc/qubes-rpc/qubes.USB"; // of dom0

bool has_proxy_in_dom0()
{
    return ::access(paths::below_root(export_service).c_str(), F_OK) == 0;
}

// Who asks for the device: an hvm's device model, where that has an agent of its own.
std::string asker(Call& call, const Qube& frontend)
{
    SystemValues live{call};
    Effective effective{call.store(), live};
    const bool by_model =
        effective.text(frontend, "virt_mode") == "hvm" &&
        !effective.feature_with_template(frontend, "stubdom-qrexec").value_or("").empty();
    return frontend.name() + (by_model ? "-dm" : "");
}

[[noreturn]] void fail(const std::string& what, const std::string& service, const ServiceEnd& end)
{
    const std::string detail = service + ": " + end.fault();
    if (end.absent())
        throw Error{failure::unsupported, what + ": the qube has no program for USB devices",
                    detail};
    if (end.timed_out)
        throw Error{failure::timeout, what + ": the qube did not answer in time", detail};
    throw Error{failure::vm_failed, what + ": the qube refused", detail};
}

ServiceEnd run_service(Call& call, const std::string& target, const std::string& service,
                       const std::string& input)
{
    const auto end = run_guest_service(target, service, input, call.deadline(guest_patience));
    if (!end)
        throw Error{failure::unsupported, "not available: this host has no qrexec"};
    return *end;
}

// dom0 is told of it by the other end.
ServiceEnd run_detach(Call& call, const Qube& frontend, const std::string& backend,
                      const std::string& port)
{
    if (backend == "dom0")
        return run_service(call, asker(call, frontend), "qubes.USBDetach",
                           backend + " " + port + "\n");
    return run_service(call, backend, "qubes.USBDetach", port + "\n");
}

} // namespace

DeviceOptions UsbClass::checked(const DeviceOptions& untrusted_options) const
{
    if (!untrusted_options.empty())
        throw Error{failure::bad_value, "USB devices have no options"};
    return {};
}

// One that does not answer has none: a listing does without it.
std::vector<UsbDevice> UsbClass::devices_of(Call& call, const Qube& backend)
{
    const bool runs = backend.class_bit() == class_admin
                          ? has_proxy_in_dom0()
                          : call.has_hypervisor() && is_running(power_state(call, backend));
    if (!runs)
        return {};
    try {
        return usb_devices(exposed_table(call, backend, usb_devices_key), backend.name());
    } catch (const Error& error) {
        log_warning("cannot ask '" + backend.name() + "' for its USB devices: " + error.text() +
                    " (" + error.detail() + "), ignoring");
        return {};
    }
}

std::vector<ExposedDevice> UsbClass::exposed(Call& call, const Qube& backend)
{
    const std::vector<UsbDevice> devices = devices_of(call, backend);
    std::vector<HardwareId> ids;
    for (const UsbDevice& device : devices) {
        if (device.hardware)
            ids.push_back(*device.hardware);
    }
    std::optional<IdNames> names;
    if (call.request().admin)
        names = IdNames::installed(IdTable::usb, ids);
    std::vector<ExposedDevice> rows;
    for (const UsbDevice& device : devices) {
        ExposedDevice row{.backend = backend.name(),
                          .klass = "usb",
                          .port = device.port,
                          .id = device.id(),
                          .manufacturer = device.manufacturer,
                          .name = device.name,
                          .serial = device.serial,
                          .attachment = std::nullopt,
                          .interfaces = device.all_interfaces()};
        if (names && device.hardware) {
            row.vendor = names->vendor(*device.hardware);
            row.product = names->product(*device.hardware);
        }
        if (call.store().find_any(device.connected_to) != nullptr)
            row.attachment = device.connected_to;
        rows.push_back(std::move(row));
    }
    return rows;
}

std::vector<AttachedDevice> UsbClass::attached(Call& call, const Qube& frontend)
{
    std::vector<AttachedDevice> found;
    const PowerStates states = PowerStates::of_all(call);
    for (const std::string& name : call.store().names()) {
        const Qube* backend = call.store().find_any(name);
        if (backend == nullptr || backend->name() == frontend.name() ||
            !is_running(states.of(*backend)))
            continue;
        for (const UsbDevice& device : devices_of(call, *backend)) {
            if (device.connected_to == frontend.name())
                found.push_back({.backend = name, .port = device.port, .options = {}});
        }
    }
    return found;
}

std::optional<std::string> UsbClass::user_of(Call& call, const ExposedDevice& device)
{
    const Qube* backend = call.store().find_any(device.backend);
    if (backend == nullptr)
        return std::nullopt;
    for (const UsbDevice& now : devices_of(call, *backend)) {
        if (now.port == device.port && call.store().find_any(now.connected_to) != nullptr)
            return now.connected_to;
    }
    return std::nullopt;
}

bool UsbClass::is_same(const AttachedDevice& /*attached*/, const ExposedDevice& /*device*/,
                       const DeviceOptions& /*options*/) const
{
    return true;
}

void UsbClass::check_frontend(Call& call, const Qube& frontend, const DeviceOptions& /*options*/)
{
    if (!has_qrexec())
        throw Error{failure::unsupported, "not available: this host has no qrexec"};
    if (power_state(call, frontend) == PowerState::paused)
        throw not_running(frontend.name());
}

void UsbClass::attach(Call& call, const Qube& frontend, const ExposedDevice& device,
                      const DeviceOptions& /*options*/)
{
    remove_left_rules([&](const std::string& backend) {
        return backend == device.backend || are_devices_free(call, *this, backend);
    });
    const std::string target = asker(call, frontend);
    const OneShotRule rule{{target, device.backend, device.port}};
    const ServiceEnd end =
        run_service(call, target, "qubes.USBAttach", device.backend + " " + device.port + "\n");
    if (end.done())
        return;
    if (end.timed_out) // it may come to have it all the same
        static_cast<void>(run_detach(call, frontend, device.backend, device.port));
    fail("cannot attach '" + device_token(device) + "'", "qubes.USBAttach", end);
}

void UsbClass::detach(Call& call, const Qube& frontend, const AttachedDevice& device)
{
    const ServiceEnd end = run_detach(call, frontend, device.backend, device.port);
    if (!end.done())
        fail("cannot detach '" + device.backend + "+" + device.port + "'", "qubes.USBDetach", end);
}

} // namespace qmgmt
