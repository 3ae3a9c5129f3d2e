// SPDX-License-Identifier: GPL-2.0-or-later
//
// Which device of a domain a piece of device XML means: a disk by its target, an interface by its
// MAC, a PCI device by the host's address.
#pragma once

#include <string>

namespace qmgmt {

class DeviceKey {
public:
    // Throws Error{internal} for a device that has no such mark.
    explicit DeviceKey(const std::string& device_xml);

    // Whether a domain has the device. Throws Error{vm_failed} when the text is no XML.
    [[nodiscard]] bool is_in(const std::string& domain_xml) const;

private:
    std::string text_;
};

} // namespace qmgmt
