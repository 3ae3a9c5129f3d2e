// SPDX-License-Identifier: GPL-2.0-or-later

#include "hypervisor/libxl/reader.hpp"

#include "hypervisor/libxl/loaded.hpp"
#include "hypervisor/libxl/xenstore_of.hpp"
#include "names/number.hpp"

#include <algorithm>
#include <cstring>
#include <map>
#include <unistd.h>

namespace qmgmt::libxl {
namespace {

Uuid uuid_of(const qmgmt_xen_domain& domain)
{
    Uuid::Bytes bytes{};
    std::memcpy(bytes.data(), domain.uuid, bytes.size());
    return Uuid{bytes};
}

// Flags as bits, for the log: in the order in which `xl list` shows them.
int raw_state(const qmgmt_xen_domain& domain)
{
    return domain.running | domain.blocked << 1 | domain.paused << 2 | domain.shutdown << 3 |
           domain.dying << 4;
}

DomainStatus ours(const qmgmt_xen_domain& domain)
{
    return {.uuid = uuid_of(domain),
            .name = {},
            .id = static_cast<int>(domain.id),
            .state = state_of(domain),
            .raw_state = raw_state(domain),
            .raw_reason = domain.shutdown_reason};
}

} // namespace

bool may_ask(const HypervisorConfig& config)
{
    return config.libxl && is_xen(config) && ::access("/dev/xen/privcmd", R_OK | W_OK) == 0;
}

PowerState state_of(const qmgmt_xen_domain& domain)
{
    constexpr int suspend = 2; // SHUTDOWN_suspend, SHUTDOWN_crash
    constexpr int crash = 3;
    if (domain.dying != 0)
        return PowerState::dying;
    if (domain.shutdown != 0) {
        switch (domain.shutdown_reason) {
        case crash: return PowerState::crashed;
        case suspend: return PowerState::suspended;
        default: return PowerState::halting;
        }
    }
    return domain.paused != 0 ? PowerState::paused : PowerState::running;
}

Reader::Reader(const qmgmt_xen& library) : library_{library}
{
    qmgmt_xen_error error{};
    if (library_.open(&handle_, &error) != 0)
        throw_failure("ask Xen", "", error);
}

Reader::~Reader()
{
    library_.close(handle_);
}

std::vector<qmgmt_xen_domain> Reader::domains()
{
    qmgmt_xen_domain* all = nullptr;
    std::size_t count = 0;
    qmgmt_xen_error error{};
    if (library_.list(handle_, &all, &count, &error) != 0)
        throw_failure("ask Xen who runs", "", error);
    std::map<Uuid, qmgmt_xen_domain> by_uuid;
    for (std::size_t i = 0; i < count; ++i) {
        const auto [at, is_first] = by_uuid.emplace(uuid_of(all[i]), all[i]);
        if (!is_first && at->second.dying != 0)
            at->second = all[i];
    }
    library_.release(all);
    by_uuid.erase(Uuid{});
    std::vector<qmgmt_xen_domain> found;
    found.reserve(by_uuid.size());
    for (const auto& [uuid, domain] : by_uuid)
        found.push_back(domain);
    return found;
}

std::optional<qmgmt_xen_domain> Reader::find(const Uuid& uuid)
{
    const auto all = domains();
    const auto found = std::ranges::find(all, uuid, uuid_of);
    return found != all.end() ? std::optional{*found} : std::nullopt;
}

std::vector<DomainStatus> Reader::list()
{
    std::vector<DomainStatus> found;
    for (const qmgmt_xen_domain& domain : domains())
        found.push_back(ours(domain));
    return found;
}

DomainStatus Reader::status(const Uuid& uuid)
{
    const auto domain = find(uuid);
    return domain ? ours(*domain) : DomainStatus{.uuid = uuid};
}

DomainUsage Reader::usage(const Uuid& uuid)
{
    const auto domain = find(uuid);
    if (!domain)
        return {};
    return {domain->memory_kib, static_maximum(domain->id).value_or(domain->maximum_kib),
            domain->cpu_time_ns};
}

// What the domain was given at most, and libvirt tells. Xen's own bound is above it: it has room
// for what the domain takes besides.
std::optional<std::uint64_t> Reader::static_maximum(unsigned id)
{
    const std::string path = "/local/domain/" + std::to_string(id) + "/memory/static-max";
    const auto text = open_xenstore(library_)->read(path);
    return text ? parse_decimal(*text) : std::nullopt;
}

std::optional<std::int64_t> Reader::start_time(const Uuid& uuid)
{
    const auto domain = find(uuid);
    if (!domain)
        return std::nullopt;
    long long seconds = 0;
    qmgmt_xen_error error{};
    if (library_.start_time(handle_, domain->id, &seconds, &error) == 0)
        return seconds;
    if (error.failure != QMGMT_XEN_NOT_FOUND)
        throw_failure("ask Xen when the qube was started", "", error);
    return std::nullopt;
}

HostFacts Reader::host()
{
    qmgmt_xen_host host{};
    qmgmt_xen_error error{};
    if (library_.host(handle_, &host, &error) != 0)
        throw_failure("ask Xen what the machine has", "", error);
    return {host.memory_kib, host.free_kib, host.processors};
}

namespace {

std::vector<PciAddress> taken(const qmgmt_xen& library, qmgmt_xen_pci* devices, std::size_t count)
{
    std::vector<PciAddress> found;
    for (std::size_t i = 0; i < count; ++i)
        found.push_back(
            {devices[i].domain, devices[i].bus, devices[i].device, devices[i].function});
    library.release(devices);
    return found;
}

} // namespace

std::vector<PciAddress> Reader::assignable_pci()
{
    qmgmt_xen_pci* devices = nullptr;
    std::size_t count = 0;
    qmgmt_xen_error error{};
    if (library_.assignable_pci(handle_, &devices, &count, &error) != 0)
        throw_failure("ask Xen for assignable devices", "", error);
    return taken(library_, devices, count);
}

std::vector<PciAddress> Reader::assigned_pci(int id)
{
    qmgmt_xen_pci* devices = nullptr;
    std::size_t count = 0;
    qmgmt_xen_error error{};
    if (library_.assigned_pci(handle_, static_cast<unsigned>(id), &devices, &count, &error) != 0)
        throw_failure("ask Xen for the devices of the qube", "", error);
    return taken(library_, devices, count);
}

std::vector<XenDisk> Reader::disks(int id)
{
    qmgmt_xen_disk* all = nullptr;
    std::size_t count = 0;
    qmgmt_xen_error error{};
    if (library_.disk_list(handle_, static_cast<unsigned>(id), &all, &count, &error) != 0)
        throw_failure("ask Xen for the disks of the qube", "", error);
    std::vector<XenDisk> found;
    found.reserve(count);
    for (std::size_t i = 0; i < count; ++i)
        found.push_back({.backend = all[i].backend,
                         .path = all[i].path,
                         .target = all[i].target,
                         .writable = all[i].writable != 0,
                         .cdrom = all[i].cdrom != 0});
    library_.release(all);
    for (XenDisk& disk : found)
        disk.backend_name = name_of(disk.backend);
    return found;
}

std::string Reader::name_of(unsigned id)
{
    char* text = nullptr;
    qmgmt_xen_error error{};
    if (library_.name(handle_, id, &text, &error) != 0) {
        if (error.failure == QMGMT_XEN_NOT_FOUND)
            return {};
        throw_failure("ask Xen whose disk it is", "", error);
    }
    std::string name = text;
    library_.release(text);
    return name;
}

void Reader::attach_disk(int id, const XenDisk& disk, std::chrono::milliseconds limit)
{
    const qmgmt_xen_new_disk wanted{
        disk.backend_name.c_str(), disk.path.c_str(),
        disk.target.c_str(),       disk.script.empty() ? nullptr : disk.script.c_str(),
        disk.writable ? 1 : 0,     disk.cdrom ? 1 : 0};
    qmgmt_xen_error error{};
    if (library_.disk_add(handle_, static_cast<unsigned>(id), &wanted,
                          static_cast<int>(limit.count()), &error) != 0)
        throw_failure("attach the device", disk.path, error);
}

void Reader::detach_disk(int id, const std::string& target, std::chrono::milliseconds limit)
{
    qmgmt_xen_error error{};
    if (library_.disk_remove(handle_, static_cast<unsigned>(id), target.c_str(),
                             static_cast<int>(limit.count()), &error) != 0)
        throw_failure("detach the device", target, error);
}

void Reader::unpause(int id)
{
    qmgmt_xen_error error{};
    if (library_.unpause(handle_, static_cast<unsigned>(id), &error) != 0)
        throw_failure("resume the domain", "", error);
}

} // namespace qmgmt::libxl
