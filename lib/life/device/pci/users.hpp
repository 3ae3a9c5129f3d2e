// SPDX-License-Identifier: GPL-2.0-or-later
//
// Which domain has which PCI device now, as Xen's back end in dom0 has written it down.
#pragma once

#include "device/pci/address.hpp"
#include "hypervisor/xenstore.hpp"

#include <map>
#include <string>

namespace qmgmt {

struct PciUser {
    std::string name; // of the domain
    std::string slot; // where that sees the device: "00:05.0"; empty: nobody has said
};

// By device. What is no device, or is with a domain without a name, is left out. Throws what
// xenstore throws.
[[nodiscard]] std::map<PciAddress, PciUser> pci_users(Xenstore& xenstore);

} // namespace qmgmt
