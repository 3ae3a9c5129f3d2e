// SPDX-License-Identifier: GPL-2.0-or-later
//
// Documents of domains, as far as the tests' libvirt looks into them.
#pragma once

#include <optional>
#include <string>

namespace qmgmt::fake {

struct Identity {
    std::string name;
    std::string uuid;
    unsigned long long memory_kib = 0;
};

// Nothing when it is no domain, or one without name or uuid: ours always have them.
[[nodiscard]] std::optional<Identity> identity_of(const std::string& domain_xml);

// The document with the device in it; nothing when its place is taken, or it is no XML.
[[nodiscard]] std::optional<std::string> with_device(const std::string& domain_xml,
                                                     const std::string& device_xml);
// Without it; nothing when there is none.
[[nodiscard]] std::optional<std::string> without_device(const std::string& domain_xml,
                                                        const std::string& device_xml);

} // namespace qmgmt::fake
