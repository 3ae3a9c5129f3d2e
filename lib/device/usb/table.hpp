// SPDX-License-Identifier: GPL-2.0-or-later
//
// The USB devices that a qube says it has, in its table below /qubes-usb-devices
// (firewall-devices.md 2.10). All of it is the qube's word: anything may stand there.
#pragma once

#include "device/id_names.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qmgmt {

inline constexpr std::string_view usb_devices_key = "/qubes-usb-devices";

struct UsbDevice {
    std::string port; // "2-1.4"
    // Empty: unknown. Printable ASCII.
    std::string manufacturer, name, serial;
    std::optional<HardwareId> hardware;
    std::vector<std::string> interfaces; // "u080650"
    std::string connected_to;            // the name of a qube that may not exist; empty: none

    // "u080650u030101"; of one that names none, what stands for an unknown one.
    [[nodiscard]] std::string all_interfaces() const;
    // "0951:1666:1C6F65:u080650"
    [[nodiscard]] std::string id() const;
};

// Sorted by the text of their ports, at most `most_usb_devices` of them; what is no device, and
// more than that, is left out, and said once in the log. `qube` is for that.
inline constexpr std::size_t most_usb_devices = 256;
[[nodiscard]] std::vector<UsbDevice>
usb_devices(const std::map<std::string, std::string, std::less<>>& untrusted_table,
            std::string_view qube);

} // namespace qmgmt
