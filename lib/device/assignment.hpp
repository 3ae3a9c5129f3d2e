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

    // "required", "auto-attach", "ask-to-attach".
    [[nodiscard]] static std::optional<Mode> mode_named(std::string_view text);
    [[nodiscard]] static std::string_view name(Mode mode);

    // Whether it is for a device of that place that says it is that.
    [[nodiscard]] bool means(std::string_view its_backend, std::string_view its_port,
                             std::string_view its_id) const;

    [[nodiscard]] std::optional<std::string> option(std::string_view name) const;
    // One that is no truth value is false.
    [[nodiscard]] bool has(std::string_view option) const;
};

// Those of a class ("pci", "block"), in the order of the store. An entry of a mode that this
// library does not know is left out, and logged.
[[nodiscard]] std::vector<Assignment> assignments_of(const Qube& qube, std::string_view klass);

} // namespace qmgmt
