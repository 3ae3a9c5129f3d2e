// SPDX-License-Identifier: GPL-2.0-or-later
//
// Failures of libxl and libxenstore as ours. Only inside the loadable object.
#pragma once

#include "hypervisor/libxl/border.h"

namespace qmgmt::libxl {

// Which of our failures libxl's negative number means, and which an errno.
[[nodiscard]] qmgmt_xen_failure failure_of_libxl(int code);
[[nodiscard]] qmgmt_xen_failure failure_of_errno(int code);

// Fill `error` and return -1. `what` says what was tried.
int fail(qmgmt_xen_error& error, int code, const char* what);
int fail_with_errno(qmgmt_xen_error& error, const char* what);

} // namespace qmgmt::libxl
