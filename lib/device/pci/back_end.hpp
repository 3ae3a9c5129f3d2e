// SPDX-License-Identifier: GPL-2.0-or-later
//
// Whether a PCI device is Xen's to hand to domains: the driver pciback of dom0 holds it then.
#pragma once

#include "device/pci/address.hpp"

#include <string>

namespace qmgmt {

// `sysfs` is where it is mounted.
[[nodiscard]] bool is_held_for_domains(const std::string& sysfs, const PciAddress& device);

// Takes it from the driver that has it, and gives it to pciback; root can. What is true afterwards:
// false when there is no pciback, or the kernel refuses.
[[nodiscard]] bool hold_for_domains(const std::string& sysfs, const PciAddress& device);

// What must be writable for that.
[[nodiscard]] std::string pci_drivers(const std::string& sysfs);

} // namespace qmgmt
