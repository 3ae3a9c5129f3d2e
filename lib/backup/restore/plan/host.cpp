// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/restore/plan/host.hpp"

#include "backup/profile/profile_id.hpp"
#include "base/error.hpp"
#include "base/paths.hpp"
#include "device/pci/bus.hpp"
#include "life/device/classes.hpp"
#include "life/property/live.hpp"

#include <algorithm>
#include <unistd.h>

namespace qmgmt {
namespace {

bool has_kernel(const Store& store, std::string_view version)
{
    if (version.find('/') != std::string_view::npos || version.starts_with('.'))
        return false;
    const std::string directory = kernel_directory(store) + "/" + std::string{version};
    return ::access((directory + "/vmlinuz").c_str(), F_OK) == 0 &&
           (store.dialect() != Dialect::r40 ||
            ::access((directory + "/initramfs").c_str(), F_OK) == 0);
}

bool has_profile(std::string_view id)
{
    try {
        const std::string file =
            std::string{paths::backup_profiles} + "/" + ProfileId::parse(id).text() + ".conf";
        return ::access(paths::below_root(file).c_str(), F_OK) == 0;
    } catch (const Error&) {
        return false;
    }
}

// Bus numbers and slots mean another device on another host: what it says it is decides.
bool is_same_pci_device(const splice::DeviceEntry& entry)
{
    const auto port = PciPort::parse(entry.port);
    if (entry.backend != "dom0" || !port)
        return false;
    const PciBus bus = PciBus::read(paths::below_root("/sys"));
    const PciDevice* device = bus.find(*port);
    return device != nullptr && entry.identity == device->id();
}

std::optional<splice::DeviceEntry> acceptable_device(const splice::DeviceEntry& untrusted,
                                                     Dialect dialect)
{
    if (std::ranges::find(device_classes, untrusted.klass) == device_classes.end())
        return std::nullopt;
    try {
        const auto klass = device_class(untrusted.klass);
        const auto mode = Assignment::mode_named(untrusted.mode);
        if (!mode || !klass->may_be(*mode) ||
            (dialect == Dialect::r40 && *mode == Assignment::Mode::ask))
            return std::nullopt;
        splice::DeviceEntry entry = untrusted;
        entry.options = klass->checked(untrusted.options);
        if (entry.port != "*")
            entry.port = klass->canonical_port(entry.port);
        if (entry.klass == "pci" && !is_same_pci_device(entry))
            return std::nullopt;
        return entry;
    } catch (const Error&) {
        return std::nullopt;
    }
}

} // namespace

RestoreHost restore_host(Call& call)
{
    return {[&call](std::string_view version) { return has_kernel(call.store(), version); },
            has_profile,
            [&call](const splice::DeviceEntry& entry) {
                return acceptable_device(entry, call.store().dialect());
            }};
}

} // namespace qmgmt
