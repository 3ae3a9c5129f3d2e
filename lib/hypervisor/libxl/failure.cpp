// SPDX-License-Identifier: GPL-2.0-or-later

#include "hypervisor/libxl/failure.hpp"

#include "hypervisor/libxl/library.h"

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace qmgmt::libxl {

qmgmt_xen_failure failure_of_libxl(int code)
{
    switch (code) {
    case ERROR_DOMAIN_NOTFOUND:
    case ERROR_NOTFOUND: return QMGMT_XEN_NOT_FOUND;
    case ERROR_DEVICE_EXISTS: return QMGMT_XEN_EXISTS;
    case ERROR_INVAL: return QMGMT_XEN_INVALID;
    case ERROR_NOMEM: return QMGMT_XEN_NO_MEMORY;
    case ERROR_ABORTED: // by us, when time is up
    case ERROR_TIMEDOUT:
    case ERROR_GUEST_TIMEDOUT: return QMGMT_XEN_TIMEOUT;
    case ERROR_NOT_READY:
    case ERROR_LOCK_FAIL: return QMGMT_XEN_BUSY;
    default: return QMGMT_XEN_INTERNAL;
    }
}

qmgmt_xen_failure failure_of_errno(int code)
{
    switch (code) {
    case ENOENT:
    case ESRCH: return QMGMT_XEN_NOT_FOUND;
    case EINVAL:
    case E2BIG:
    case ENAMETOOLONG: return QMGMT_XEN_INVALID;
    case EACCES:
    case EPERM: return QMGMT_XEN_DENIED;
    case ENOMEM: return QMGMT_XEN_NO_MEMORY;
    case ETIMEDOUT: return QMGMT_XEN_TIMEOUT;
    case EBUSY:
    case EAGAIN: return QMGMT_XEN_BUSY;
    case ECONNREFUSED:
    case ECONNRESET:
    case ENODEV:
    case ENXIO:
    case EPIPE: return QMGMT_XEN_UNAVAILABLE;
    default: return QMGMT_XEN_INTERNAL;
    }
}

int fail(qmgmt_xen_error& error, int code, const char* what)
{
    error = {};
    error.failure = failure_of_libxl(code);
    error.code = code;
    std::snprintf(error.text, sizeof error.text, "%s", what);
    return -1;
}

int fail_with_errno(qmgmt_xen_error& error, const char* what)
{
    const int code = errno;
    error = {};
    error.failure = failure_of_errno(code);
    error.code = code;
    std::snprintf(error.text, sizeof error.text, "%s", what);
    return -1;
}

} // namespace qmgmt::libxl
