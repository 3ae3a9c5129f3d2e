// SPDX-License-Identifier: GPL-2.0-or-later
//
// Xenstore's part of the border, see there.
#pragma once

#include "hypervisor/libxl/border.h"

namespace qmgmt::libxl::store {

// The real xenstored, whatever the environment says; libxl opens it, too.
void forget_environment();

int open(qmgmt_xen_store** store, qmgmt_xen_error* error);
void close(qmgmt_xen_store* store);
int read(qmgmt_xen_store* store, const char* path, char** value, size_t* length,
         qmgmt_xen_error* error);
int list(qmgmt_xen_store* store, const char* path, char*** names, size_t* count,
         qmgmt_xen_error* error);
int write(qmgmt_xen_store* store, const char* path, const char* value, size_t length,
          qmgmt_xen_error* error);
int remove(qmgmt_xen_store* store, const char* path, qmgmt_xen_error* error);
int permit(qmgmt_xen_store* store, const char* path, unsigned domain, int writable,
           qmgmt_xen_error* error);

} // namespace qmgmt::libxl::store
