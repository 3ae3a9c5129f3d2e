// SPDX-License-Identifier: GPL-2.0-or-later
//
// The PCI devices that a domain has, as its document says.
#pragma once

#include "hypervisor/xen/plan.hpp"

#include <string>
#include <vector>

namespace qmgmt {

// In the order of the document. Where libvirt does not know resets as Qubes OS has them, every one
// is strict. Throws Error{failed} when the text is no XML.
[[nodiscard]] std::vector<PciPlan> host_devices(const std::string& domain_xml);

} // namespace qmgmt
