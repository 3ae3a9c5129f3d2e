// SPDX-License-Identifier: GPL-2.0-or-later

#include "hypervisor/libxl/disk.hpp"

#include "hypervisor/libxl/failure.hpp"
#include "hypervisor/libxl/handle.hpp"
#include "hypervisor/libxl/operation.hpp"

#include <cstring>
#include <memory>

namespace qmgmt::libxl::disk {
namespace {

using Disk = Disposed<libxl_device_disk, libxl_device_disk_init, libxl_device_disk_dispose>;

class Disks {
public:
    Disks(libxl_ctx* context, unsigned id) : all_{libxl_device_disk_list(context, id, &count_)} {}
    Disks(const Disks&) = delete;
    Disks& operator=(const Disks&) = delete;
    ~Disks() { libxl_device_disk_list_free(all_, count_); }

    [[nodiscard]] int count() const { return all_ != nullptr ? count_ : 0; }
    [[nodiscard]] libxl_device_disk& operator[](int i) const { return all_[i]; }

    // Null when there is none of that name, or it is dom0's: those are libvirt's to remove.
    [[nodiscard]] libxl_device_disk* find_of_others(const char* target) const
    {
        for (int i = 0; i < count(); ++i) {
            const char* name = all_[i].vdev;
            if (name != nullptr && std::strcmp(name, target) == 0)
                return all_[i].backend_domid != 0 ? &all_[i] : nullptr;
        }
        return nullptr;
    }

private:
    int count_ = 0;
    libxl_device_disk* all_;
};

// False when it is longer than what the border has room for.
template<std::size_t size>
bool copy(const char* from, char (&to)[size])
{
    const std::size_t length = from != nullptr ? std::strlen(from) : 0;
    if (length >= size)
        return false;
    if (length > 0)
        std::memcpy(to, from, length);
    return true;
}

char* copied(const char* text)
{
    return text != nullptr ? ::strdup(text) : nullptr;
}

// What an attempt to add it has left, if anything.
void take_back(libxl_ctx* context, unsigned id, const char* target)
{
    const Disks disks{context, id};
    libxl_device_disk* left = disks.find_of_others(target);
    if (left == nullptr)
        return;
    Operation operation{context};
    const int started = libxl_device_disk_destroy(context, id, left, operation.how());
    static_cast<void>(operation.result(started, QMGMT_XEN_UNDO_MS));
}

} // namespace

int list(qmgmt_xen_handle* handle, unsigned id, qmgmt_xen_disk** disks, size_t* count,
         qmgmt_xen_error* error)
{
    const Disks all{handle->context, id};
    auto* out = room_for<qmgmt_xen_disk>(all.count());
    if (out == nullptr)
        return fail(*error, ERROR_NOMEM, "libxl_device_disk_list");
    for (int i = 0; i < all.count(); ++i) {
        const libxl_device_disk& disk = all[i];
        out[i].backend = disk.backend_domid;
        out[i].writable = disk.readwrite != 0 ? 1 : 0;
        out[i].cdrom = disk.is_cdrom != 0 ? 1 : 0;
        if (!copy(disk.vdev, out[i].target) || !copy(disk.pdev_path, out[i].path)) {
            std::free(out);
            return fail(*error, ERROR_INVAL, "libxl_device_disk_list: a name is too long");
        }
    }
    *disks = out;
    *count = static_cast<size_t>(all.count());
    return 0;
}

int add(qmgmt_xen_handle* handle, unsigned id, const qmgmt_xen_new_disk* wanted, int milliseconds,
        qmgmt_xen_error* error)
{
    std::uint32_t backend = 0;
    if (libxl_name_to_domid(handle->context, wanted->backend, &backend) != 0 || backend == 0)
        return fail(*error, ERROR_DOMAIN_NOTFOUND, "libxl_name_to_domid: the backend of the disk");
    Disk disk;
    disk->backend_domid = backend;
    disk->backend_domname = copied(wanted->backend);
    disk->pdev_path = copied(wanted->path);
    disk->vdev = copied(wanted->target);
    disk->script = copied(wanted->script);
    disk->backend = LIBXL_DISK_BACKEND_PHY;
    disk->format = LIBXL_DISK_FORMAT_RAW;
    disk->removable = 1;
    disk->readwrite = wanted->writable;
    disk->is_cdrom = wanted->cdrom;
    if (disk->backend_domname == nullptr || disk->pdev_path == nullptr || disk->vdev == nullptr)
        return fail(*error, ERROR_NOMEM, "libxl_device_disk_add");
    Operation operation{handle->context};
    const int started = libxl_device_disk_add(handle->context, id, disk.get(), operation.how());
    const int result = operation.result(started, milliseconds);
    if (result == 0)
        return 0;
    if (result != ERROR_DEVICE_EXISTS)
        take_back(handle->context, id, wanted->target);
    return fail(*error, result, "libxl_device_disk_add");
}

int remove(qmgmt_xen_handle* handle, unsigned id, const char* target, int milliseconds,
           qmgmt_xen_error* error)
{
    const Disks disks{handle->context, id};
    libxl_device_disk* disk = disks.find_of_others(target);
    if (disk == nullptr)
        return fail(*error, ERROR_NOTFOUND, "libxl_device_disk_list: no such disk");
    Operation operation{handle->context};
    const int started = libxl_device_disk_remove(handle->context, id, disk, operation.how());
    const int result = operation.result(started, milliseconds);
    if (result == 0)
        return 0;
    // A backend that is gone, or hangs: what the guest has of it goes all the same.
    take_back(handle->context, id, target);
    if (Disks{handle->context, id}.find_of_others(target) == nullptr)
        return 0;
    return fail(*error, result, "libxl_device_disk_remove");
}

} // namespace qmgmt::libxl::disk
