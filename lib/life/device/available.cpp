// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/device/available.hpp"

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/paths.hpp"
#include "device/device_choice.hpp"
#include "device/id_names.hpp"
#include "device/pci/bus.hpp"
#include "device/pci/system_disks.hpp"
#include "life/device/pci/users.hpp"

#include <algorithm>
#include <span>

namespace qmgmt {
namespace {

using Users = std::map<PciAddress, PciUser>;

// A listing does without them.
Users users_if_known()
{
    try {
        return pci_users(*open_xenstore());
    } catch (const Error& error) {
        log_warning("cannot ask which qube has which PCI device: " + error.text() + " (" +
                    error.detail() + "), ignoring");
        return {};
    }
}

ExposedDevice exposed(const PciDevice& device, bool needed_by_dom0)
{
    return {.backend = "dom0",
            .klass = "pci",
            .port = device.port.text(),
            .id = device.id(),
            .interfaces = device.interfaces(),
            .data = {{"sbdf", device.address.text()}},
            .offered = !device.is_bridge() && !needed_by_dom0};
}

void add_users(Call& call, std::span<const PciDevice> devices, std::vector<ExposedDevice>& rows)
{
    if (!is_xen(hypervisor_config()))
        return;
    call.answer_when_hung(available_reply(call, rows));
    const Users users = users_if_known();
    for (std::size_t i = 0; i < devices.size(); ++i) {
        const auto user = users.find(devices[i].address);
        if (user != users.end() && call.store().find_any(user->second.name) != nullptr &&
            call.may_see(user->second.name))
            rows[i].attachment = user->second.name;
    }
}

// What only the rows of admin.* show.
void add_details(Call& call, std::span<const PciDevice> devices, std::vector<ExposedDevice>& rows)
{
    std::vector<HardwareId> ids;
    for (const PciDevice& device : devices)
        ids.push_back(device.hardware());
    const IdNames names = IdNames::installed(IdTable::pci, ids);
    for (std::size_t i = 0; i < ids.size(); ++i) {
        rows[i].vendor = names.vendor(ids[i]);
        rows[i].product = names.product(ids[i]);
    }
    add_users(call, devices, rows);
}

} // namespace

std::optional<DeviceChoice> chosen_device(const Call& call)
{
    return DeviceChoice::parse(call.argument());
}

bool is_of_destination(Call& call, const std::optional<DeviceChoice>& choice)
{
    return !choice || !choice->backend || choice->backend->text() == call.destination_name();
}

Reply available_reply(const Call& call, std::vector<ExposedDevice> devices)
{
    std::ranges::sort(devices, {}, &ExposedDevice::port);
    std::string rows;
    for (const ExposedDevice& device : devices) {
        if (call.request().admin)
            rows += framed_row(device) + "\n";
        else if (device.offered)
            rows += device_token(device) + "\n";
    }
    return Reply{rows};
}

std::vector<ExposedDevice> exposed_pci_devices(Call& call,
                                               const std::optional<DeviceChoice>& choice)
{
    const PciBus bus = PciBus::read(paths::below_root("/sys"));
    std::span<const PciDevice> devices = bus.devices();
    if (choice) {
        const auto port = PciPort::parse(choice->port.text());
        const PciDevice* device = port ? bus.find(*port) : nullptr;
        devices = {device, device == nullptr ? 0U : 1U};
    }
    const std::set<PciAddress> needed = pci_of_system_disks(paths::root()).devices;
    std::vector<ExposedDevice> rows;
    for (const PciDevice& device : devices)
        rows.push_back(exposed(device, needed.contains(device.address)));
    if (call.request().admin)
        add_details(call, devices, rows);
    return rows;
}

} // namespace qmgmt
