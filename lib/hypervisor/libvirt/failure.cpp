// SPDX-License-Identifier: GPL-2.0-or-later

#include "hypervisor/libvirt/failure.hpp"

#include <cerrno>
#include <cstring>
#include <libvirt/virterror.h>
#include <string_view>

namespace qmgmt::libvirt {
namespace {

bool says(const char* text, std::string_view words)
{
    return text != nullptr && std::string_view{text}.find(words) != std::string_view::npos;
}

// A system call failed somewhere in libvirt; in which part of it decides. Once connected, only its
// RPC part speaks of the connection: the others report files of the daemon.
qmgmt_hv_failure system_failure(int domain, int system_error, Doing doing)
{
    if (domain == VIR_FROM_STORAGE)
        return QMGMT_HV_STORAGE;
    if (doing != Doing::opening)
        return domain == VIR_FROM_RPC ? QMGMT_HV_LOST : QMGMT_HV_INTERNAL;
    // A daemon that was ending took the call and hung up; the next one is fine.
    if (domain == VIR_FROM_RPC &&
        (system_error == ECONNRESET || system_error == EPIPE || system_error == EIO))
        return QMGMT_HV_LOST;
    return system_error == EACCES || system_error == EPERM ? QMGMT_HV_DENIED : QMGMT_HV_UNAVAILABLE;
}

qmgmt_hv_failure internal_failure(int domain, const char* text)
{
    if (domain == VIR_FROM_RPC)
        return QMGMT_HV_LOST;
    if (domain == VIR_FROM_LIBXL && says(text, "libxenlight state driver is not active"))
        return QMGMT_HV_UNAVAILABLE;
    if (domain == VIR_FROM_QEMU && says(text, "annot allocate memory"))
        return QMGMT_HV_NO_MEMORY;
    if (domain == VIR_FROM_QEMU && says(text, "Could not open"))
        return QMGMT_HV_STORAGE;
    return QMGMT_HV_INTERNAL;
}

} // namespace

qmgmt_hv_failure failure_of(int code, int domain, int system_error, const char* text, Doing doing)
{
    switch (code) {
    case VIR_ERR_NO_DOMAIN: return QMGMT_HV_NO_DOMAIN;
    case VIR_ERR_NO_NODE_DEVICE: return QMGMT_HV_NO_DEVICE;
    case VIR_ERR_OPERATION_INVALID: return QMGMT_HV_BAD_STATE;
    case VIR_ERR_OPERATION_FAILED:
        return doing == Doing::defining && (says(text, "already exists with uuid") ||
                                            says(text, "is already defined with uuid"))
                   ? QMGMT_HV_EXISTS
                   : QMGMT_HV_INTERNAL;
    case VIR_ERR_XML_ERROR:
    case VIR_ERR_XML_DETAIL:
    case VIR_ERR_XML_INVALID_SCHEMA:
    case VIR_ERR_INVALID_ARG: return QMGMT_HV_CONFIG;
    case VIR_ERR_CONFIG_UNSUPPORTED:
    case VIR_ERR_NO_SUPPORT:
    case VIR_ERR_OPERATION_UNSUPPORTED: return QMGMT_HV_UNSUPPORTED;
    case VIR_ERR_OS_TYPE: return QMGMT_HV_NO_HVM;
    case VIR_ERR_NO_MEMORY: return QMGMT_HV_NO_MEMORY;
    case VIR_ERR_HOOK_SCRIPT_FAILED: return QMGMT_HV_HOOK_REFUSED;
    case VIR_ERR_SYSTEM_ERROR: return system_failure(domain, system_error, doing);
    case VIR_ERR_INTERNAL_ERROR: return internal_failure(domain, text);
    case VIR_ERR_NO_CONNECT: return QMGMT_HV_UNAVAILABLE;
    case VIR_ERR_AUTH_FAILED:
    case VIR_ERR_AUTH_CANCELLED:
    case VIR_ERR_AUTH_UNAVAILABLE:
    case VIR_ERR_OPERATION_DENIED:
    case VIR_ERR_ACCESS_DENIED: return QMGMT_HV_DENIED;
    case VIR_ERR_OPERATION_TIMEOUT:
    case VIR_ERR_AGENT_UNRESPONSIVE: return QMGMT_HV_TIMEOUT;
    case VIR_ERR_RESOURCE_BUSY: return QMGMT_HV_BUSY;
    default: return QMGMT_HV_INTERNAL;
    }
}

int fail(qmgmt_hv_error& error, Doing doing)
{
    const virErrorPtr last = virGetLastError();
    error = {};
    if (last == nullptr)
        return -1;
    error.code = last->code;
    error.domain = last->domain;
    error.failure = failure_of(last->code, last->domain, last->int1, last->message, doing);
    if (last->message != nullptr)
        std::strncpy(error.text, last->message, sizeof error.text - 1);
    return -1;
}

int no_memory(qmgmt_hv_error& error)
{
    error = {};
    error.failure = QMGMT_HV_NO_MEMORY;
    return -1;
}

} // namespace qmgmt::libvirt
