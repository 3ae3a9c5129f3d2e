// SPDX-License-Identifier: GPL-2.0-or-later
//
// The part of a call's rights that depends on this machine: its pools, its hypervisor, work that
// others left unfinished. The rest follows from the spec (rpc/rights).
#pragma once

#include "rpc/rights.hpp"

namespace qmgmt {

// Adds the directories of the pools, and for pools of LVM and ZFS the helper's right to run their
// programs and to open their volumes, for a call that needs storage, and what sysfs says of the
// devices below them; the place that a request wants to be made (CallSpec::new_place); the pools,
// too, for a changing call that finds unfinished work of others, which it will undo; what sysfs
// says of the PCI devices for a call that needs devices; what a libvirt session needs, or in a dom0
// what asking Xen itself does, for a call that needs the hypervisor. What is wrong with the store
// is left for the call to report.
void prepare_rights(const CallSpec& spec, const Request& request, rpc::Preparation& prepared);

// Whether the request needs what is root's on this machine: volumes that are devices, when the
// store has a pool of such; the domains of Xen, when it changes something.
[[nodiscard]] bool machine_needs_root(const CallSpec& spec, const Request& request);

} // namespace qmgmt
