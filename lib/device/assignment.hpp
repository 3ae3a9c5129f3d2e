// SPDX-License-Identifier: GPL-2.0-or-later
//
// Devices that a qube has been given for good, as the store has them (firewall-devices.md 2.7).
#pragma once

#include "store/qube.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace qmgmt {

struct Assignment {
    enum class Mode {
        required,    // the qube does not start without it
        auto_attach, // when both are there
        ask,
    };

    std::string backend;  // the qube that has the device; "*": any
    std::string port;     // where it is plugged in there; "*": anywhere
    std::string identity; // what it says it is; "*": anything
    Mode mode = Mode::required;
    std::vector<std::pair<std::string, std::string>> options;

    [[nodiscard]] std::optional<std::string> option(std::string_view name) const;
    // One that is no truth value is false.
    [[nodiscard]] bool has(std::string_view option) const;
};

// Those of a class ("pci", "block"), in the order of the store. An entry of a mode that this
// library does not know is left out, and logged.
[[nodiscard]] std::vector<Assignment> assignments_of(const Qube& qube, std::string_view klass);

} // namespace qmgmt
