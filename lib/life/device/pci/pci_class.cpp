// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/device/pci/pci_class.hpp"

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/paths.hpp"
#include "device/id_names.hpp"
#include "device/pci/system_disks.hpp"
#include "hypervisor/host_devices.hpp"
#include "hypervisor/xen/document.hpp"
#include "hypervisor/xen/probe.hpp"
#include "life/device/pci/hand_over.hpp"
#include "life/device/pci/users.hpp"
#include "life/plan/devices.hpp"
#include "life/power_state.hpp"
#include "life/property/live.hpp"
#include "life/qrexec/guest_service.hpp"
#include "life/refusal.hpp"
#include "names/number.hpp"

#include <algorithm>

namespace qmgmt {
namespace {

constexpr std::string_view no_strict_reset = "no-strict-reset";
constexpr std::string_view permissive = "permissive";
constexpr std::chrono::seconds guest_patience{30};

std::string sysfs()
{
    return paths::below_root("/sys");
}

PciAddress address_of(const PciPlan& plan)
{
    return {.segment = static_cast<std::uint16_t>(plan.domain),
            .bus = static_cast<std::uint8_t>(plan.bus),
            .device = static_cast<std::uint8_t>(plan.slot),
            .function = static_cast<std::uint8_t>(plan.function)};
}

// Of a device that is exposed.
PciAddress address_of(const ExposedDevice& device)
{
    const auto address = PciAddress::parse(option_of(device.data, "sbdf").value_or(""));
    if (!address)
        throw Error{failure::internal, "cannot tell where '" + device.port + "' is"};
    return *address;
}

PciPlan plan_of(const PciAddress& address, const DeviceOptions& options)
{
    return {.domain = address.segment,
            .bus = address.bus,
            .slot = address.device,
            .function = address.function,
            .strict_reset = !option_of(options, no_strict_reset),
            .permissive = option_of(options, permissive).has_value()};
}

void add_names(std::span<const PciDevice> devices, std::vector<ExposedDevice>& rows)
{
    std::vector<HardwareId> ids;
    for (const PciDevice& device : devices)
        ids.push_back(device.hardware());
    const IdNames names = IdNames::installed(IdTable::pci, ids);
    for (std::size_t i = 0; i < ids.size(); ++i) {
        rows[i].vendor = names.vendor(ids[i]);
        rows[i].product = names.product(ids[i]);
    }
}

} // namespace

DeviceOptions PciClass::checked(const DeviceOptions& untrusted_options) const
{
    DeviceOptions stored;
    for (const auto& [key, value] : untrusted_options) {
        if (key != no_strict_reset && key != permissive)
            throw Error{failure::bad_value, "PCI devices have no such option"};
        if (parse_switch(key, value))
            stored.emplace_back(key, "True");
    }
    std::ranges::sort(stored);
    return stored;
}

const PciBus& PciClass::bus() const
{
    if (!bus_)
        bus_ = std::make_unique<PciBus>(PciBus::read(sysfs()));
    return *bus_;
}

std::string PciClass::canonical_port(const std::string& said) const
{
    const auto port = PciPort::parse(said);
    const PciDevice* device = port ? bus().find(*port) : nullptr;
    return device == nullptr ? said : device->port.text();
}

std::string PciClass::port_at(const PciAddress& address) const
{
    return canonical_port(PciPort::flat(address).text());
}

Xenstore& PciClass::xenstore()
{
    if (!xenstore_)
        xenstore_ = open_xenstore();
    return *xenstore_;
}

std::vector<ExposedDevice> PciClass::exposed(Call& call, const Qube& backend)
{
    if (backend.class_bit() != class_admin)
        return {};
    bus_.reset(); // as it is now
    const SystemPci system = pci_of_system_disks(paths::root());
    std::vector<ExposedDevice> rows;
    for (const PciDevice& device : bus().devices())
        rows.push_back(
            {.backend = backend.name(),
             .klass = "pci",
             .port = device.port.text(),
             .id = device.id(),
             .interfaces = device.interfaces(),
             .data = {{"sbdf", device.address.text()}},
             .offered = !device.is_bridge() && !system.devices.contains(device.address)});
    if (call.request().admin)
        add_names(bus().devices(), rows);
    return rows;
}

std::vector<AttachedDevice> PciClass::attached(Call& call, const Qube& frontend)
{
    if (call.spec().effect != Effect::read && call.hypervisor().kind() == Hypervisor::Kind::xen)
        shows_resets_ = xen_dialect(call.hypervisor(), call.lock_deadline()).qubes;
    std::vector<AttachedDevice> devices;
    for (const PciPlan& device : host_devices(call.hypervisor().live_xml(uuid_of(frontend)))) {
        AttachedDevice found{.backend = "dom0", .port = port_at(address_of(device)), .options = {}};
        if (!device.strict_reset)
            found.options.emplace_back(no_strict_reset, "True");
        if (device.permissive)
            found.options.emplace_back(permissive, "True");
        devices.push_back(std::move(found));
    }
    return devices;
}

std::optional<std::string> PciClass::user_of(Call& call, const ExposedDevice& device)
{
    if (!is_xen(hypervisor_config()) && call.hypervisor().kind() != Hypervisor::Kind::xen)
        return std::nullopt; // nobody can have it
    const PciAddress address = address_of(device);
    try {
        const auto users = pci_users(xenstore());
        const auto user = users.find(address);
        return user == users.end() ? std::nullopt : std::optional{user->second.name};
    } catch (const Error& error) {
        log_warning("cannot ask xenstore which qube has which PCI device: " + error.text() + " (" +
                    error.detail() + "), ignoring");
    }
    return running_user_of(call, address);
}

void PciClass::add_users(Call& call, std::vector<ExposedDevice>& devices)
{
    if (!is_xen(hypervisor_config()))
        return;
    try {
        const auto users = pci_users(xenstore());
        for (ExposedDevice& device : devices) {
            const auto user = users.find(address_of(device));
            if (user != users.end() && call.store().find_any(user->second.name) != nullptr)
                device.attachment = user->second.name;
        }
    } catch (const Error& error) {
        log_warning("cannot ask which qube has which PCI device: " + error.text() + " (" +
                    error.detail() + "), ignoring");
    }
}

std::optional<std::string> PciClass::running_user_of(Call& call, const PciAddress& address)
{
    for (const DomainStatus& domain : call.hypervisor().list()) {
        const auto entry = call.store().index().find_uuid(domain.uuid.text());
        if (!entry || domain.state == PowerState::halted)
            continue;
        const auto devices = host_devices(call.hypervisor().live_xml(domain.uuid));
        if (std::ranges::any_of(
                devices, [&](const PciPlan& device) { return address_of(device) == address; }))
            return std::string{entry->name};
    }
    return std::nullopt;
}

bool PciClass::is_same(const AttachedDevice& attached, const ExposedDevice& /*device*/,
                       const DeviceOptions& options) const
{
    const auto differ = [&](std::string_view key) {
        return option_of(attached.options, key).has_value() != option_of(options, key).has_value();
    };
    return !differ(permissive) && (!shows_resets_ || !differ(no_strict_reset));
}

void PciClass::check_options(const ExposedDevice& device, const DeviceOptions& /*options*/) const
{
    const PciDevice* found = bus().find(PciPort::flat(address_of(device)));
    const std::string objection =
        found == nullptr ? "" : pci_of_system_disks(paths::root()).objection(*found);
    if (!objection.empty())
        throw Error{failure::denied, "'" + device_token(device) + "' " + objection};
}

void PciClass::check_kind(Call& call, const Qube& frontend)
{
    SystemValues live{call};
    if (Effective{call.store(), live}.text(frontend, "virt_mode") == "pvh")
        throw Error{failure::bad_value, "a pvh domain cannot have PCI devices"};
}

void PciClass::check_frontend(Call& call, const Qube& frontend, const DeviceOptions& /*options*/)
{
    if (call.hypervisor().kind() != Hypervisor::Kind::xen)
        throw Error{failure::unsupported, "only domains of Xen can have PCI devices"};
    check_kind(call, frontend);
}

void PciClass::attach(Call& call, const Qube& frontend, const ExposedDevice& device,
                      const DeviceOptions& options)
{
    Hypervisor& hypervisor = call.hypervisor();
    const PciPlan plan = plan_of(address_of(device), options);
    const std::string xml = xen_host_device_xml(plan, power_is_the_hosts(call.store()),
                                                xen_dialect(hypervisor, call.lock_deadline()));
    const bool taken = take_from_host(hypervisor, plan);
    try {
        hypervisor.attach(uuid_of(frontend), xml);
    } catch (const Error& error) {
        if (taken)
            give_back_to_host(hypervisor, plan);
        if (!host_devices(hypervisor.live_xml(uuid_of(frontend))).empty())
            throw;
        // Which Xen decides when it makes the domain, and libvirt by this.
        throw Error{error.type(),
                    error.text() + "; a domain that was started without a PCI device may be one "
                                   "that cannot have any",
                    error.detail()};
    }
}

std::string PciClass::guest_slot(const Qube& frontend, const PciAddress& address)
{
    const auto users = pci_users(xenstore());
    const auto user = users.find(address);
    if (user == users.end() || user->second.name != frontend.name() || user->second.slot.empty())
        throw Error{failure::vm_failed,
                    "cannot tell where '" + frontend.name() + "' sees the device: it keeps it"};
    return user->second.slot;
}

void PciClass::detach(Call& call, const Qube& frontend, const AttachedDevice& device)
{
    Hypervisor& hypervisor = call.hypervisor();
    const Uuid uuid = uuid_of(frontend);
    const auto devices = host_devices(hypervisor.live_xml(uuid));
    const auto plan = std::ranges::find(
        devices, device.port, [&](const PciPlan& one) { return port_at(address_of(one)); });
    if (plan == devices.end())
        return; // it has let go by itself
    if (power_state(call, frontend) != PowerState::running)
        throw not_running(frontend.name());
    const auto end = run_guest_service(frontend.name(), "qubes.DetachPciDevice",
                                       guest_slot(frontend, address_of(*plan)) + "\n",
                                       call.deadline(guest_patience));
    if (!end || !end->done())
        throw Error{failure::vm_failed,
                    "'" + frontend.name() + "' does not let go of the device: it keeps it",
                    "qubes.DetachPciDevice: " + (end ? end->fault() : "this host has no qrexec")};
    hypervisor.detach(uuid, xen_host_device_xml(*plan, power_is_the_hosts(call.store()),
                                                xen_dialect(hypervisor, call.lock_deadline())));
}

} // namespace qmgmt
