// SPDX-License-Identifier: GPL-2.0-or-later
//
// Disks of other qubes, which libvirt may not know of, or no longer.
#pragma once

#include "hypervisor/libxl/reader.hpp"

#include <string>
#include <vector>

namespace qmgmt {

// libvirt's description of a running domain with the disks that it has of other domains than dom0
// as Xen says: those that libvirt does not know are added, those that are no more taken out. One
// whose backend is gone stays, if libvirt has it, and is not added: nobody knows whose it was.
// Throws Error{failed} when the text is no XML.
[[nodiscard]] std::string with_disks_of_others(const std::string& domain_xml,
                                               const std::vector<libxl::XenDisk>& disks);

// Those of them whose backend is gone, and that libvirt does not know: their names.
[[nodiscard]] std::vector<std::string> dead_disks(const std::string& domain_xml,
                                                  const std::vector<libxl::XenDisk>& disks);

} // namespace qmgmt
