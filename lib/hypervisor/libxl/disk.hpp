// SPDX-License-Identifier: GPL-2.0-or-later
//
// The border's part for disks, see there.
#pragma once

#include "hypervisor/libxl/border.h"

namespace qmgmt::libxl::disk {

int list(qmgmt_xen_handle* handle, unsigned id, qmgmt_xen_disk** disks, size_t* count,
         qmgmt_xen_error* error);
int add(qmgmt_xen_handle* handle, unsigned id, const qmgmt_xen_new_disk* disk, int milliseconds,
        qmgmt_xen_error* error);
int remove(qmgmt_xen_handle* handle, unsigned id, const char* target, int milliseconds,
           qmgmt_xen_error* error);

} // namespace qmgmt::libxl::disk
