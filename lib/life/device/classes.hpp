// SPDX-License-Identifier: GPL-2.0-or-later
//
// The classes of devices that there are.
#pragma once

#include "life/device/device_class.hpp"

#include <array>
#include <memory>
#include <string_view>
#include <vector>

namespace qmgmt {

// In the order of a listing.
inline constexpr std::array<std::string_view, 4> device_classes = {"block", "mic", "pci", "usb"};

// For the specs of the calls: where in their names the class stands, and what they need, of all
// classes and of that which the name picks.
inline constexpr std::string_view device_call_family = "mgmt.vm.device";
inline constexpr unsigned needs_of_devices = needs_store | needs_hypervisor | needs_devices |
                                             needs_tables | needs_pci | needs_policy | needs_disks;
[[nodiscard]] unsigned needs_of_device_class(const Request& request);
// Of Available: which qube has a PCI device now is shown as admin.* alone.
[[nodiscard]] unsigned needs_of_exposed_devices(const Request& request);

// The class of that name, which must be one of these.
[[nodiscard]] std::unique_ptr<DeviceClass> device_class(std::string_view name);

// One of each.
[[nodiscard]] std::vector<std::unique_ptr<DeviceClass>> all_device_classes();

} // namespace qmgmt
