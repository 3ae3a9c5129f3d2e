// SPDX-License-Identifier: GPL-2.0-or-later
//
// Which domain has which PCI device now, as Xen's back end in dom0 has written it down.
#pragma once

#include "device/pci/address.hpp"
#include "hypervisor/xenstore.hpp"

#include <map>
#include <string>

namespace qmgmt {

// The name of the domain, by device. What is no device, or has no name, is left out. Throws what
// xenstore throws.
[[nodiscard]] std::map<PciAddress, std::string> pci_users(Xenstore& xenstore);

} // namespace qmgmt
