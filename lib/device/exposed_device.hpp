// SPDX-License-Identifier: GPL-2.0-or-later
//
// A device of any class that a qube, or dom0, exposes to others, and how listings show it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace qmgmt {

struct ExposedDevice {
    std::string backend; // the qube
    std::string klass;   // "pci"
    std::string port;
    std::string id; // what it is, wherever it is plugged: "0x8086:0xa348::p040300"

    // Empty: unknown.
    std::string vendor, product, manufacturer, name, serial;

    std::optional<std::string> attachment; // the qube that has it now
    std::string interfaces;                // seven characters each

    struct Parent {
        std::string port;
        std::string klass;
    };
    std::optional<Parent> parent;

    std::vector<std::pair<std::string, std::string>> data; // what only its class knows

    bool offered = true; // a qube may be given it
};

// A device that a qube has, or is assigned, and in which mode: "manual" is neither of those of the
// store.
struct GivenDevice {
    std::string backend;
    std::string klass;
    std::string port;
    std::string id;
    std::string mode;
    std::string frontend;
    std::vector<std::pair<std::string, std::string>> options;
};

// Of a device that says nothing of itself.
inline constexpr std::string_view unknown_device_id = "0000:0000::?******";

// "dom0+00_1f.3": what calls take as their argument.
[[nodiscard]] std::string device_token(const ExposedDevice& device);

// The row of today's clients, without the line end: "00_1f.3:<id> device_id='<id>' ...". Printable
// ASCII, whatever the device says of itself.
[[nodiscard]] std::string framed_row(const ExposedDevice& device);
// Its first word begins with the qube: "dom0+00_1f.3:<id>".
[[nodiscard]] std::string framed_row(const GivenDevice& device);

} // namespace qmgmt
