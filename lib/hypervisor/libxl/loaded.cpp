// SPDX-License-Identifier: GPL-2.0-or-later

#include "hypervisor/libxl/loaded.hpp"

#include "base/error.hpp"
#include "base/loadable.hpp"

#include <string>

namespace qmgmt::libxl {
namespace {

FailureType type_of(qmgmt_xen_failure failure)
{
    switch (failure) {
    case QMGMT_XEN_NO_MEMORY: return failure::no_memory;
    case QMGMT_XEN_TIMEOUT: return failure::timeout;
    case QMGMT_XEN_BUSY: return failure::busy;
    case QMGMT_XEN_EXISTS: return {Failure::in_use, "QubesVMError"};
    case QMGMT_XEN_INTERNAL:
    case QMGMT_XEN_NOT_FOUND:
    case QMGMT_XEN_INVALID:
    case QMGMT_XEN_DENIED:
    case QMGMT_XEN_UNAVAILABLE: return failure::vm_failed;
    }
    return failure::vm_failed;
}

std::string_view reason_of(qmgmt_xen_failure failure)
{
    switch (failure) {
    case QMGMT_XEN_NOT_FOUND: return "Xen does not know it";
    case QMGMT_XEN_INVALID: return "Xen does not take it";
    case QMGMT_XEN_DENIED: return "Xen does not let us in";
    case QMGMT_XEN_NO_MEMORY: return "not enough memory";
    case QMGMT_XEN_TIMEOUT: return "Xen did not answer in time";
    case QMGMT_XEN_BUSY: return "Xen is busy";
    case QMGMT_XEN_EXISTS: return "there is one already";
    case QMGMT_XEN_UNAVAILABLE: return "Xen cannot be reached";
    case QMGMT_XEN_INTERNAL: break;
    }
    return "Xen failed, see the log";
}

} // namespace

const qmgmt_xen& loaded()
{
    static const qmgmt_xen* functions =
        reinterpret_cast<qmgmt_xen_entry>(open_loadable("qubes-mgmt-xen.so", QMGMT_XEN_ENTRY))();
    return *functions;
}

void throw_failure(std::string_view what, std::string_view detail, const qmgmt_xen_error& error)
{
    throw Error{type_of(error.failure),
                "cannot " + std::string{what} + ": " + std::string{reason_of(error.failure)},
                std::string{error.text} + " " + std::to_string(error.code) +
                    (detail.empty() ? "" : ": " + std::string{detail})};
}

} // namespace qmgmt::libxl
