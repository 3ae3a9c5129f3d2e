// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/device/block/block_class.hpp"

#include "base/error.hpp"
#include "device/attached_disk.hpp"
#include "device/block.hpp"
#include "device/block_table.hpp"
#include "device/disk_name.hpp"
#include "life/device/block/block_plan.hpp"
#include "life/device/block/connection.hpp"
#include "life/device/block/dom0_disks.hpp"
#include "life/device/block/pool_paths.hpp"
#include "life/device/block/usb_identity.hpp"
#include "life/device/exposed_table.hpp"
#include "life/power_state.hpp"
#include "life/property/live.hpp"

#include <set>

namespace qmgmt {
namespace {

bool read_only(const ExposedDevice& device)
{
    return option_of(device.data, "mode") == "r";
}

// As it is asked for, else as the device is.
bool wants_read_only(const ExposedDevice& device, const DeviceOptions& options)
{
    const auto asked = option_of(options, "read-only");
    return asked ? *asked == "yes" : read_only(device);
}

std::string devtype(const DeviceOptions& options)
{
    return option_of(options, "devtype").value_or("disk");
}

std::string checked_value(const std::string& key, const std::string& untrusted_value)
{
    if (key == "read-only")
        return parse_switch(key, untrusted_value) ? "yes" : "no";
    if (key == "frontend-dev") {
        if (!is_disk_name(untrusted_value))
            throw Error{failure::bad_value, "'frontend-dev' is a name like xvdi"};
        return untrusted_value;
    }
    if (key == "devtype") {
        if (untrusted_value != "disk" && untrusted_value != "cdrom")
            throw Error{failure::bad_value, "'devtype' is disk or cdrom"};
        return untrusted_value;
    }
    throw Error{failure::bad_value,
                "a block device has the options read-only, frontend-dev and devtype"};
}

std::vector<AttachedDisk> disks_of(Call& call, const Qube& qube)
{
    return attached_disks(call.hypervisor().live_xml(uuid_of(qube)));
}

DeviceOptions options_of(const AttachedDisk& disk)
{
    DeviceOptions options{{"read-only", disk.read_only ? "yes" : "no"},
                          {"frontend-dev", disk.target}};
    if (disk.cdrom)
        options.emplace_back("devtype", "cdrom");
    return options;
}

// The name that it will have.
std::string disk_name_for(Call& call, const Qube& frontend, const DeviceOptions& options)
{
    std::set<std::string> used;
    for (const AttachedDisk& disk : disks_of(call, frontend))
        used.insert(disk.target);
    if (const auto wanted = option_of(options, "frontend-dev")) {
        if (used.contains(*wanted))
            throw Error{failure::device_attached,
                        "'" + frontend.name() + "' has another disk of that name"};
        return *wanted;
    }
    const auto name = free_disk_name(used, devtype(options) == "cdrom");
    if (!name)
        throw Error{failure::no_names, "'" + frontend.name() + "' has no name left for a disk"};
    return *name;
}

// Among the qubes that run some end while they are looked at.
std::vector<AttachedDevice> attached_unless_gone(Call& call, BlockClass& klass, const Qube& qube)
{
    try {
        return klass.attached(call, qube);
    } catch (const Error&) {
        if (is_running(power_state(call, qube)))
            throw;
        return {};
    }
}

} // namespace

DeviceOptions BlockClass::checked(const DeviceOptions& untrusted_options) const
{
    DeviceOptions options;
    for (const auto& [key, value] : untrusted_options)
        options.emplace_back(key, checked_value(key, value));
    return options;
}

std::vector<ExposedDevice> BlockClass::exposed(Call& call, const Qube& backend)
{
    const bool dom0 = backend.class_bit() == class_admin;
    if (!dom0 && !is_running(power_state(call, backend)))
        return {};
    const auto table = exposed_table(call, backend, block_table_part);
    std::vector<BlockDevice> devices = parse_block_table(table, backend.name());
    if (dom0)
        devices = offered_disks(call.store(), std::move(devices));
    const UsbIdentity usb = usb_identities(call, backend);
    std::vector<ExposedDevice> rows;
    rows.reserve(devices.size());
    for (const BlockDevice& device : devices)
        rows.push_back(exposed_block(device, backend.name(), devices, usb));
    return rows;
}

ExposedDevice BlockClass::undetected(Call& /*call*/, const Qube& backend, const std::string& port)
{
    if (backend.class_bit() == class_admin || !is_block_name(port) || !block_node(port))
        throw Error{failure::bad_value, "there cannot be such a device of another qube"};
    return {.backend = backend.name(),
            .klass = "block",
            .port = port,
            .id = std::string{unknown_device_id},
            .interfaces = "b******"};
}

std::vector<AttachedDevice> BlockClass::attached(Call& call, const Qube& frontend)
{
    SystemValues live{call};
    const bool kernel = !Effective{call.store(), live}.text(frontend, "kernel").empty();
    const PoolPaths pools{call.store()};
    std::vector<AttachedDevice> found;
    for (const AttachedDisk& disk : disks_of(call, frontend)) {
        const auto port = port_of(disk);
        if (is_system_disk(disk, kernel) || !port ||
            (disk.backend.empty() && pools.own(disk.source)))
            continue;
        found.push_back({.backend = disk.backend.empty() ? "dom0" : disk.backend,
                         .port = *port,
                         .options = options_of(disk)});
    }
    return found;
}

BlockClass::Users BlockClass::find_users(Call& call)
{
    Users users;
    if (!call.has_hypervisor())
        return users;
    const PowerStates states = PowerStates::of_all(call);
    for (const std::string& name : call.store().names()) {
        const Qube* qube = call.store().find_any(name);
        if (qube == nullptr || qube->class_bit() == class_admin ||
            qube->class_bit() == class_remote)
            continue;
        const PowerState state = states.of(*qube);
        if (state == PowerState::na)
            throw Error{failure::vm_failed, "cannot find out which qube has which disk"};
        if (!is_running(state))
            continue;
        for (const AttachedDevice& device : attached_unless_gone(call, *this, *qube))
            users.emplace(device.backend + "+" + device.port, name);
    }
    return users;
}

std::optional<std::string> BlockClass::user_of(Call& call, const ExposedDevice& device)
{
    if (!users_)
        users_ = find_users(call);
    const auto user = users_->find(device_token(device));
    return user == users_->end() ? std::nullopt : std::optional{user->second};
}

bool BlockClass::is_same(const AttachedDevice& attached, const ExposedDevice& device,
                         const DeviceOptions& options) const
{
    const auto target = option_of(options, "frontend-dev");
    return (option_of(attached.options, "read-only") == "yes") ==
               wants_read_only(device, options) &&
           (!target || target == option_of(attached.options, "frontend-dev")) &&
           devtype(options) == devtype(attached.options);
}

void BlockClass::check_options(const ExposedDevice& device, const DeviceOptions& options) const
{
    if (read_only(device) && !wants_read_only(device, options))
        throw Error{failure::bad_value, "'" + device_token(device) + "' cannot be written"};
}

void BlockClass::check_frontend(Call& call, const Qube& frontend, const DeviceOptions& options)
{
    static_cast<void>(disk_name_for(call, frontend, options));
}

void BlockClass::attach(Call& call, const Qube& frontend, const ExposedDevice& device,
                        const DeviceOptions& options)
{
    BlockPlan plan = block_plan(call, device.backend, device.port);
    plan.target = disk_name_for(call, frontend, options);
    plan.cdrom = devtype(options) == "cdrom";
    plan.writable = !wants_read_only(device, options);
    const Uuid uuid = uuid_of(frontend);
    call.hypervisor().attach_disk(uuid, plan, call.lock_deadline());
    try {
        await_connection(call, frontend, plan);
    } catch (const Error&) {
        call.hypervisor().detach_disk(uuid, plan, call.lock_deadline());
        throw;
    }
}

void BlockClass::detach(Call& call, const Qube& frontend, const AttachedDevice& device)
{
    BlockPlan plan = block_plan(call, device.backend, device.port);
    plan.target = option_of(device.options, "frontend-dev").value_or("");
    plan.cdrom = devtype(device.options) == "cdrom";
    plan.writable = option_of(device.options, "read-only") != "yes";
    call.hypervisor().detach_disk(uuid_of(frontend), plan, call.lock_deadline());
}

} // namespace qmgmt
