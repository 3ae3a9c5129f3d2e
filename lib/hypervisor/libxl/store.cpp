// SPDX-License-Identifier: GPL-2.0-or-later
//
// libxenstore behind the border.

#include "hypervisor/libxl/store.hpp"

#include "hypervisor/libxl/failure.hpp"
#include "hypervisor/libxl/library.h"

#include <cerrno>
#include <cstdlib>
#include <iterator>

namespace qmgmt::libxl::store {
namespace {

xs_handle* handle_of(qmgmt_xen_store* store)
{
    return reinterpret_cast<xs_handle*>(store);
}

} // namespace

void forget_environment()
{
    for (const char* name : {"XENSTORED_PATH", "XENSTORED_RUNDIR", "XENSTORED_ROOTDIR"})
        ::unsetenv(name);
}

int open(qmgmt_xen_store** store, qmgmt_xen_error* error)
{
    forget_environment();
    errno = ENODEV;
    *store = reinterpret_cast<qmgmt_xen_store*>(xs_open(0));
    if (*store != nullptr)
        return 0;
    fail_with_errno(*error, "xs_open");
    if (error->failure == QMGMT_XEN_NOT_FOUND)
        error->failure = QMGMT_XEN_UNAVAILABLE; // it is the socket that is not there
    return -1;
}

void close(qmgmt_xen_store* store)
{
    xs_close(handle_of(store));
}

int read(qmgmt_xen_store* store, const char* path, char** value, size_t* length,
         qmgmt_xen_error* error)
{
    unsigned size = 0;
    *value = static_cast<char*>(xs_read(handle_of(store), XBT_NULL, path, &size));
    *length = size;
    return *value != nullptr ? 0 : fail_with_errno(*error, "xs_read");
}

int list(qmgmt_xen_store* store, const char* path, char*** names, size_t* count,
         qmgmt_xen_error* error)
{
    unsigned found = 0;
    *names = xs_directory(handle_of(store), XBT_NULL, path, &found);
    *count = found;
    return *names != nullptr ? 0 : fail_with_errno(*error, "xs_directory");
}

int write(qmgmt_xen_store* store, const char* path, const char* value, size_t length,
          qmgmt_xen_error* error)
{
    const bool done =
        xs_write(handle_of(store), XBT_NULL, path, value, static_cast<unsigned>(length));
    return done ? 0 : fail_with_errno(*error, "xs_write");
}

int remove(qmgmt_xen_store* store, const char* path, qmgmt_xen_error* error)
{
    return xs_rm(handle_of(store), XBT_NULL, path) ? 0 : fail_with_errno(*error, "xs_rm");
}

int permit(qmgmt_xen_store* store, const char* path, unsigned domain, int writable,
           qmgmt_xen_error* error)
{
    // The first says who owns the node, and what all others may do with it.
    xs_permissions permissions[] = {
        {0, XS_PERM_NONE},
        {domain,
         static_cast<unsigned>(writable != 0 ? XS_PERM_READ | XS_PERM_WRITE : XS_PERM_READ)}};
    const bool done = xs_set_permissions(handle_of(store), XBT_NULL, path, permissions,
                                         static_cast<unsigned>(std::size(permissions)));
    return done ? 0 : fail_with_errno(*error, "xs_set_permissions");
}

} // namespace qmgmt::libxl::store
