// SPDX-License-Identifier: GPL-2.0-or-later

#include "hypervisor/libxl_disks.hpp"

#include "base/error.hpp"
#include "base/log.hpp"
#include "hypervisor/xen/disks_of_others.hpp"
#include "hypervisor/xen/probe.hpp"

#include <algorithm>

namespace qmgmt {
namespace {

using std::chrono::milliseconds;

bool has(const std::vector<libxl::XenDisk>& disks, const std::string& target)
{
    return std::ranges::count(disks, target, &libxl::XenDisk::target) > 0;
}

} // namespace

// All disks; nothing where Xen cannot be asked.
std::optional<std::vector<libxl::XenDisk>> LibxlDisks::of(const Uuid& uuid)
{
    return xen_.ask([&](libxl::Reader& xen) {
        const int id = xen.status(uuid).id;
        return id >= 0 ? xen.disks(id) : std::vector<libxl::XenDisk>{};
    });
}

std::string LibxlDisks::described(const Uuid& uuid, std::string domain_xml)
{
    const auto disks = of(uuid);
    if (!disks || disks->empty())
        return domain_xml;
    return with_disks_of_others(domain_xml, *disks);
}

void LibxlDisks::attach(const Uuid& uuid, const BlockPlan& disk, const Libvirt& libvirt)
{
    const auto before = of(uuid);
    if (before && !before->empty()) {
        const auto dead = dead_disks(libvirt.description(), *before);
        for (const std::string& target : dead)
            take_back(uuid, target);
        if (has(*before, disk.target) && std::ranges::count(dead, disk.target) == 0)
            throw Error{{Failure::in_use, "QubesVMError"},
                        "cannot attach the device: the qube has another disk of that name"};
    }
    if (!libvirt.keeps_backend)
        return attach_by_xen(uuid, disk);
    try {
        libvirt.change();
    } catch (const Error&) {
        if (const auto left = before ? of(uuid) : std::nullopt; left && has(*left, disk.target))
            take_back(uuid, disk.target);
        throw;
    }
}

void LibxlDisks::detach(const Uuid& uuid, const BlockPlan& disk, const Libvirt& libvirt)
{
    const auto disks = of(uuid);
    const bool xen_has = disks && has(*disks, disk.target);
    if (xen_has)
        detach_by_xen(uuid, disk.target);
    if (!libvirt.keeps_backend)
        return;
    try {
        libvirt.change();
    } catch (const Error& error) {
        if (!xen_has)
            throw;
        log_warning("libvirt does not take note of a disk that is detached: " + error.text() +
                    " (" + error.detail() + "), ignoring");
    }
}

void LibxlDisks::attach_by_xen(const Uuid& uuid, const BlockPlan& disk)
{
    xen_.change_disks([&](libxl::Reader& xen, milliseconds limit) {
        xen.attach_disk(xen.status(uuid).id,
                        {.backend_name = disk.backend,
                         .path = disk.path,
                         .target = disk.target,
                         .script = disk.script && has_disk_script() ? disk_script : "",
                         .writable = disk.writable,
                         .cdrom = disk.cdrom},
                        limit);
    });
}

void LibxlDisks::detach_by_xen(const Uuid& uuid, const std::string& target)
{
    xen_.change_disks([&](libxl::Reader& xen, milliseconds limit) {
        xen.detach_disk(xen.status(uuid).id, target, limit);
    });
}

void LibxlDisks::take_back(const Uuid& uuid, const std::string& target)
{
    try {
        detach_by_xen(uuid, target);
    } catch (const Error& error) {
        log_warning("cannot take back a disk that nobody serves: " + error.text() + " (" +
                    error.detail() + "), ignoring");
    }
}

} // namespace qmgmt
