// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the libvirt of this machine makes of documents for Xen.
#pragma once

#include "base/deadline.hpp"
#include "hypervisor/hypervisor.hpp"
#include "hypervisor/xen/document.hpp"

namespace qmgmt {

// As the key `qubes-libvirt` says; with `auto` a domain that is never started is defined, read back
// and undefined, once for each version of libvirt: the answer is kept until the machine is booted
// again. Throws what the hypervisor throws, and Error{busy} when another process asks longer than
// the deadline.
[[nodiscard]] XenDialect xen_dialect(Hypervisor& hypervisor, Deadline deadline);

// Whether the script of Qubes OS that connects disks is installed.
[[nodiscard]] bool has_disk_script();

// The question itself.
[[nodiscard]] XenDialect ask_for_dialect(Hypervisor& hypervisor);

} // namespace qmgmt
