// SPDX-License-Identifier: GPL-2.0-or-later
//
// libvirt's last error as one of ours (hypervisor.md g). Only inside the loadable object.
#pragma once

#include "hypervisor/libvirt/border.h"

namespace qmgmt::libvirt {

enum class Doing { opening, reading, defining, changing };

// Which of our failures libvirt's numbers mean; `text` decides where they do not suffice.
[[nodiscard]] qmgmt_hv_failure failure_of(int code, int domain, int system_error, const char* text,
                                          Doing doing);

// Fills `error` from libvirt's last error and returns -1. To be called before anything else of
// libvirt: the next call of the thread, a release too, forgets it.
int fail(qmgmt_hv_error& error, Doing doing);
int no_memory(qmgmt_hv_error& error);

} // namespace qmgmt::libvirt
