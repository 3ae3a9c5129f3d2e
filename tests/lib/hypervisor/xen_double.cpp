// SPDX-License-Identifier: GPL-2.0-or-later

#include "lib/hypervisor/xen_double.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace qmgmt::test {
namespace {

XenDouble& xen()
{
    return xen_double();
}

int fail(qmgmt_xen_error* error, qmgmt_xen_failure failure)
{
    *error = {};
    error->failure = failure;
    error->code = -3;
    std::strcpy(error->text, "the double");
    return -1;
}

// Whether the call goes on.
bool goes_on(const char* name, qmgmt_xen_error* error)
{
    xen().asked.emplace_back(name);
    if (const auto happens = xen().before.find(name); happens != xen().before.end())
        happens->second();
    const auto failing = xen().failing.find(name);
    if (failing == xen().failing.end())
        return true;
    fail(error, failing->second);
    xen().failing.erase(failing);
    return false;
}

template<typename T>
int copy(const std::vector<T>& from, T** to, size_t* count)
{
    *to = static_cast<T*>(std::calloc(from.size() + 1, sizeof(T)));
    std::copy(from.begin(), from.end(), *to);
    *count = from.size();
    ++xen().unreleased;
    return 0;
}

char* copy_text(const std::string& text)
{
    ++xen().unreleased;
    return ::strdup(text.c_str());
}

template<typename Handle>
int open_as(const char* name, Handle** handle, qmgmt_xen_error* error)
{
    if (!goes_on(name, error))
        return -1;
    static int anything;
    *handle = reinterpret_cast<Handle*>(&anything);
    ++xen().open_handles;
    return 0;
}

template<typename Handle>
void close_as(Handle*)
{
    --xen().open_handles;
}

int open(qmgmt_xen_handle** handle, qmgmt_xen_error* error)
{
    return open_as("open", handle, error);
}

int list(qmgmt_xen_handle*, qmgmt_xen_domain** domains, size_t* count, qmgmt_xen_error* error)
{
    return goes_on("list", error) ? copy(xen().domains, domains, count) : -1;
}

int domain(qmgmt_xen_handle*, unsigned id, qmgmt_xen_domain* domain, qmgmt_xen_error* error)
{
    if (!goes_on("domain", error))
        return -1;
    const auto found = std::ranges::find(xen().domains, id, &qmgmt_xen_domain::id);
    if (found == xen().domains.end())
        return fail(error, QMGMT_XEN_NOT_FOUND);
    *domain = *found;
    return 0;
}

int unpause(qmgmt_xen_handle*, unsigned id, qmgmt_xen_error* error)
{
    if (!goes_on("unpause", error))
        return -1;
    const auto found = std::ranges::find(xen().domains, id, &qmgmt_xen_domain::id);
    if (found == xen().domains.end() || found->paused == 0)
        return fail(error, QMGMT_XEN_INTERNAL);
    found->paused = --xen().pauses[id] > 0 ? 1 : 0;
    return 0;
}

int name(qmgmt_xen_handle*, unsigned id, char** name, qmgmt_xen_error* error)
{
    if (!goes_on("name", error))
        return -1;
    if (std::ranges::find(xen().domains, id, &qmgmt_xen_domain::id) == xen().domains.end())
        return fail(error, QMGMT_XEN_NOT_FOUND);
    *name = copy_text("domain " + std::to_string(id));
    return 0;
}

int start_time(qmgmt_xen_handle*, unsigned id, long long* seconds, qmgmt_xen_error* error)
{
    if (!goes_on("start_time", error))
        return -1;
    const auto found = xen().start_times.find(id);
    if (found == xen().start_times.end())
        return fail(error, QMGMT_XEN_NOT_FOUND);
    *seconds = found->second;
    return 0;
}

int host(qmgmt_xen_handle*, qmgmt_xen_host* host, qmgmt_xen_error* error)
{
    if (!goes_on("host", error))
        return -1;
    *host = xen().host;
    return 0;
}

int assignable_pci(qmgmt_xen_handle*, qmgmt_xen_pci** devices, size_t* count,
                   qmgmt_xen_error* error)
{
    return goes_on("assignable_pci", error) ? copy(xen().assignable, devices, count) : -1;
}

int assigned_pci(qmgmt_xen_handle*, unsigned id, qmgmt_xen_pci** devices, size_t* count,
                 qmgmt_xen_error* error)
{
    return goes_on("assigned_pci", error) ? copy(xen().assigned[id], devices, count) : -1;
}

int disk_list(qmgmt_xen_handle*, unsigned id, qmgmt_xen_disk** disks, size_t* count,
              qmgmt_xen_error* error)
{
    return goes_on("disk_list", error) ? copy(xen().disks[id], disks, count) : -1;
}

int disk_add(qmgmt_xen_handle*, unsigned id, const qmgmt_xen_new_disk* disk, int milliseconds,
             qmgmt_xen_error* error)
{
    xen().limits.push_back(milliseconds);
    if (!goes_on("disk_add", error))
        return -1;
    const auto backend = std::ranges::find(xen().domains, disk->backend, [](const auto& domain) {
        return "domain " + std::to_string(domain.id);
    });
    if (backend == xen().domains.end() || backend->id == 0)
        return fail(error, QMGMT_XEN_NOT_FOUND);
    qmgmt_xen_disk added = xen_disk(backend->id, disk->target);
    std::strcpy(added.path, disk->path);
    added.writable = disk->writable;
    added.cdrom = disk->cdrom;
    xen().added_script = disk->script != nullptr ? disk->script : "(as Xen has it)";
    xen().disks[id].push_back(added);
    return 0;
}

int disk_remove(qmgmt_xen_handle*, unsigned id, const char* target, int milliseconds,
                qmgmt_xen_error* error)
{
    xen().limits.push_back(milliseconds);
    if (!goes_on("disk_remove", error))
        return -1;
    const auto removed = std::erase_if(xen().disks[id], [&](const qmgmt_xen_disk& disk) {
        return disk.backend != 0 && std::strcmp(disk.target, target) == 0;
    });
    return removed > 0 ? 0 : fail(error, QMGMT_XEN_NOT_FOUND);
}

int store_open(qmgmt_xen_store** store, qmgmt_xen_error* error)
{
    return open_as("store_open", store, error);
}

int store_read(qmgmt_xen_store*, const char* path, char** value, size_t* length,
               qmgmt_xen_error* error)
{
    if (!goes_on("store_read", error))
        return -1;
    const auto found = xen().nodes.find(path);
    if (found == xen().nodes.end())
        return fail(error, QMGMT_XEN_NOT_FOUND);
    *value = static_cast<char*>(std::calloc(found->second.size() + 1, 1));
    std::copy(found->second.begin(), found->second.end(), *value);
    *length = found->second.size();
    ++xen().unreleased;
    return 0;
}

// Newest name first, as xenstored may do it.
int store_list(qmgmt_xen_store*, const char* path, char*** names, size_t* count,
               qmgmt_xen_error* error)
{
    if (!goes_on("store_list", error))
        return -1;
    const std::string start = std::string{path} + "/";
    std::vector<std::string> found;
    std::size_t bytes = 0;
    for (const auto& [node, value] : xen().nodes) {
        if (!node.starts_with(start) || node.find('/', start.size()) != std::string::npos)
            continue;
        found.insert(found.begin(), node.substr(start.size()));
        bytes += found.front().size() + 1;
    }
    if (found.empty() && xen().nodes.find(path) == xen().nodes.end())
        return fail(error, QMGMT_XEN_NOT_FOUND);
    auto** out = static_cast<char**>(std::calloc(1, found.size() * sizeof(char*) + bytes + 1));
    char* text = reinterpret_cast<char*>(out + found.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
        out[i] = text;
        text = std::strcpy(text, found[i].c_str()) + found[i].size() + 1;
    }
    *names = out;
    *count = found.size();
    ++xen().unreleased;
    return 0;
}

int store_write(qmgmt_xen_store*, const char* path, const char* value, size_t length,
                qmgmt_xen_error* error)
{
    if (!goes_on("store_write", error))
        return -1;
    xen().nodes[path] = std::string{value, length};
    return 0;
}

int store_remove(qmgmt_xen_store*, const char* path, qmgmt_xen_error* error)
{
    if (!goes_on("store_remove", error))
        return -1;
    const auto removed = std::erase_if(xen().nodes, [&](const auto& node) {
        return node.first == path || node.first.starts_with(std::string{path} + "/");
    });
    return removed > 0 ? 0 : fail(error, QMGMT_XEN_NOT_FOUND);
}

int store_permit(qmgmt_xen_store*, const char* path, unsigned domain, int writable,
                 qmgmt_xen_error* error)
{
    if (!goes_on("store_permit", error))
        return -1;
    xen().permissions[path] = {domain, writable != 0};
    return 0;
}

void release(void* memory)
{
    std::free(memory);
    --xen().unreleased;
}

} // namespace

XenDouble& xen_double()
{
    static XenDouble one;
    return one;
}

XenDouble& new_xen_double()
{
    return xen_double() = {};
}

const qmgmt_xen& xen_double_functions()
{
    static constexpr qmgmt_xen functions = {open,
                                            close_as<qmgmt_xen_handle>,
                                            list,
                                            domain,
                                            unpause,
                                            name,
                                            start_time,
                                            host,
                                            assignable_pci,
                                            assigned_pci,
                                            disk_list,
                                            disk_add,
                                            disk_remove,
                                            store_open,
                                            close_as<qmgmt_xen_store>,
                                            store_read,
                                            store_list,
                                            store_write,
                                            store_remove,
                                            store_permit,
                                            release};
    return functions;
}

qmgmt_xen_disk xen_disk(unsigned backend, const std::string& target)
{
    qmgmt_xen_disk disk{};
    disk.backend = backend;
    disk.writable = 1;
    std::strcpy(disk.target, target.c_str());
    std::strcpy(disk.path, "/dev/sda");
    return disk;
}

qmgmt_xen_domain xen_domain(unsigned id, const Uuid& uuid)
{
    qmgmt_xen_domain domain{};
    std::memcpy(domain.uuid, uuid.bytes().data(), sizeof domain.uuid);
    domain.id = id;
    domain.running = 1;
    domain.shutdown_reason = -1;
    domain.memory_kib = 131072;
    domain.maximum_kib = 132096;
    domain.cpu_time_ns = 1'000'000;
    return domain;
}

} // namespace qmgmt::test
