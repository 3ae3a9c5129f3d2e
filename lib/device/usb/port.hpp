// SPDX-License-Identifier: GPL-2.0-or-later
//
// Where a USB device is plugged: bus, port and the ports of the hubs between, "2-1.4" as the kernel
// says it. Keys of QubesDB have it as "2-1_4".
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace qmgmt {

// Whether it is one: [0-9]+-[0-9]+(.[0-9]+)*, no longer than a port may be.
[[nodiscard]] bool is_usb_port(std::string_view untrusted_text);

// The port of a key's component "2-1_4"; nothing for what is none.
[[nodiscard]] std::optional<std::string> usb_port_of_key(std::string_view untrusted_component);

} // namespace qmgmt
