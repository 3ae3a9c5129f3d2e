// SPDX-License-Identifier: GPL-2.0-or-later
//
// libxl behind the border. Only `unpause`, and what is done to disks, change something.

#include "hypervisor/libxl/disk.hpp"
#include "hypervisor/libxl/failure.hpp"
#include "hypervisor/libxl/handle.hpp"
#include "hypervisor/libxl/store.hpp"

#include <cerrno>
#include <cstdarg>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <new>
#include <unistd.h>

using namespace qmgmt::libxl;

namespace {

// libxl tells its logger what went wrong, and would print it.
void drop_message(xentoollog_logger*, xentoollog_level, int, const char*, const char*, va_list) {}
void drop_progress(xentoollog_logger*, const char*, const char*, int, unsigned long, unsigned long)
{
}
void keep_logger(xentoollog_logger*) {}

// A node that is not there is not asked for with libxl: the libraries below it print what they
// think of it.
const char* privileged_node()
{
    for (const char* node : {"/dev/xen/privcmd", "/proc/xen/privcmd"}) {
        if (::access(node, F_OK) == 0)
            return node;
    }
    return nullptr;
}

int open(qmgmt_xen_handle** handle, qmgmt_xen_error* error)
{
    const char* node = privileged_node();
    if (node == nullptr)
        errno = ENODEV;
    if (node == nullptr || ::access(node, R_OK | W_OK) != 0)
        return fail_with_errno(*error, "open Xen's privileged command interface");
    std::unique_ptr<qmgmt_xen_handle> made{new (std::nothrow) qmgmt_xen_handle};
    if (!made)
        return fail(*error, ERROR_NOMEM, "libxl_ctx_alloc");
    made->logger = {drop_message, drop_progress, keep_logger};
    store::forget_environment();
    const int result = libxl_ctx_alloc(&made->context, LIBXL_VERSION, 0, &made->logger);
    if (result != 0) {
        fail(*error, result, "libxl_ctx_alloc");
        if (error->failure == QMGMT_XEN_INTERNAL) // it has one number for all: no Xen, no xenstored
            error->failure = QMGMT_XEN_UNAVAILABLE;
        return -1;
    }
    *handle = made.release();
    return 0;
}

void close(qmgmt_xen_handle* handle)
{
    libxl_ctx_free(handle->context);
    delete handle;
}

qmgmt_xen_domain ours(const libxl_dominfo& info)
{
    qmgmt_xen_domain domain{};
    std::memcpy(domain.uuid, libxl_uuid_bytearray_const(&info.uuid), sizeof domain.uuid);
    domain.id = info.domid;
    domain.running = info.running ? 1 : 0;
    domain.blocked = info.blocked ? 1 : 0;
    domain.paused = info.paused ? 1 : 0;
    domain.shutdown = info.shutdown ? 1 : 0;
    domain.dying = info.dying ? 1 : 0;
    domain.shutdown_reason = info.shutdown_reason;
    domain.memory_kib = info.current_memkb;
    domain.maximum_kib = info.max_memkb;
    domain.cpu_time_ns = info.cpu_time;
    return domain;
}

int list(qmgmt_xen_handle* handle, qmgmt_xen_domain** domains, size_t* count,
         qmgmt_xen_error* error)
{
    int found = 0;
    libxl_dominfo* all = libxl_list_domain(handle->context, &found);
    if (all == nullptr) // there is dom0 at least
        return fail(*error, ERROR_FAIL, "libxl_list_domain");
    auto* out = room_for<qmgmt_xen_domain>(found);
    for (int i = 0; out != nullptr && i < found; ++i)
        out[i] = ours(all[i]);
    libxl_dominfo_list_free(all, found);
    if (out == nullptr)
        return fail(*error, ERROR_NOMEM, "libxl_list_domain");
    *domains = out;
    *count = static_cast<size_t>(found);
    return 0;
}

int domain(qmgmt_xen_handle* handle, unsigned id, qmgmt_xen_domain* domain, qmgmt_xen_error* error)
{
    Disposed<libxl_dominfo, libxl_dominfo_init, libxl_dominfo_dispose> info;
    const int result = libxl_domain_info(handle->context, info.get(), id);
    if (result != 0)
        return fail(*error, result, "libxl_domain_info");
    *domain = ours(*info.get());
    return 0;
}

int unpause(qmgmt_xen_handle* handle, unsigned id, qmgmt_xen_error* error)
{
    const int result = libxl_domain_unpause(handle->context, id, nullptr);
    return result == 0 ? 0 : fail(*error, result, "libxl_domain_unpause");
}

int name(qmgmt_xen_handle* handle, unsigned id, char** name, qmgmt_xen_error* error)
{
    *name = libxl_domid_to_name(handle->context, id);
    return *name != nullptr ? 0 : fail(*error, ERROR_DOMAIN_NOTFOUND, "libxl_domid_to_name");
}

int start_time(qmgmt_xen_handle* handle, unsigned id, long long* seconds, qmgmt_xen_error* error)
{
    constexpr auto unknown = static_cast<std::uint32_t>(-1);
    const std::uint32_t time = libxl_vm_get_start_time(handle->context, id);
    if (time == unknown || time == 0)
        return fail(*error, ERROR_NOTFOUND, "libxl_vm_get_start_time");
    *seconds = time;
    return 0;
}

int host(qmgmt_xen_handle* handle, qmgmt_xen_host* host, qmgmt_xen_error* error)
{
    Disposed<libxl_physinfo, libxl_physinfo_init, libxl_physinfo_dispose> info;
    int result = libxl_get_physinfo(handle->context, info.get());
    if (result != 0)
        return fail(*error, result, "libxl_get_physinfo");
    std::uint64_t free_kib = 0;
    result = libxl_get_free_memory(handle->context, &free_kib);
    if (result != 0)
        return fail(*error, result, "libxl_get_free_memory");
    constexpr unsigned kib_of_page = 4; // of Xen's interface, whatever dom0's are
    *host = {info->total_pages * kib_of_page, free_kib, info->nr_cpus};
    return 0;
}

int copy_devices(libxl_device_pci* from, int found, qmgmt_xen_pci** devices, size_t* count)
{
    auto* out = room_for<qmgmt_xen_pci>(found);
    for (int i = 0; out != nullptr && i < found; ++i)
        out[i] = {from[i].domain, from[i].bus, from[i].dev, from[i].func};
    if (out == nullptr)
        return ERROR_NOMEM;
    *devices = out;
    *count = static_cast<size_t>(found);
    return 0;
}

// Both lists are null, and no error, when there is none.
int assignable_pci(qmgmt_xen_handle* handle, qmgmt_xen_pci** devices, size_t* count,
                   qmgmt_xen_error* error)
{
    int found = 0;
    libxl_device_pci* all = libxl_device_pci_assignable_list(handle->context, &found);
    const int result = copy_devices(all, found, devices, count);
    libxl_device_pci_assignable_list_free(all, found);
    return result == 0 ? 0 : fail(*error, result, "libxl_device_pci_assignable_list");
}

int assigned_pci(qmgmt_xen_handle* handle, unsigned id, qmgmt_xen_pci** devices, size_t* count,
                 qmgmt_xen_error* error)
{
    int found = 0;
    libxl_device_pci* all = libxl_device_pci_list(handle->context, id, &found);
    const int result = copy_devices(all, found, devices, count);
    libxl_device_pci_list_free(all, found);
    return result == 0 ? 0 : fail(*error, result, "libxl_device_pci_list");
}

void release(void* memory)
{
    std::free(memory);
}

static_assert(LIBXL_SHUTDOWN_REASON_SUSPEND == 2 && LIBXL_SHUTDOWN_REASON_CRASH == 3,
              "the numbers of reasons are part of the border");

constexpr qmgmt_xen functions = {
    open,          close,         list,           domain,       unpause,     name,
    start_time,    host,          assignable_pci, assigned_pci, disk::list,  disk::add,
    disk::remove,  store::open,   store::close,   store::read,  store::list, store::write,
    store::remove, store::permit, release};

} // namespace

extern "C" __attribute__((visibility("default"))) const qmgmt_xen* qmgmt_xen_v3()
{
    return &functions;
}
