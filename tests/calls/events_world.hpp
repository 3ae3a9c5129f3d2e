// SPDX-License-Identifier: GPL-2.0-or-later
//
// Somebody who listens to mgmt.Events while other calls do something.
#pragma once

#include "support/run_call.hpp"
#include "support/scratch.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace qmgmt::test {

inline constexpr std::string_view established = "- connection-established\n";

class Listener {
public:
    explicit Listener(Command command) : process_{std::move(command)} {}
    Listener(const ScratchRoot& root, const Ask& ask) : Listener{remote_command(root, ask)} {}

    // Whether this has come by then, whatever came before.
    bool hears(std::string_view text, std::chrono::milliseconds span = std::chrono::seconds{20})
    {
        return process_.says_within(
            span, [text](const std::string& said) { return said.find(text) != std::string::npos; });
    }

    [[nodiscard]] const std::string& heard() const noexcept { return process_.said(); }
    [[nodiscard]] std::size_t count(std::string_view text) const
    {
        std::size_t found = 0;
        for (auto at = heard().find(text); at != std::string::npos; at = heard().find(text, at + 1))
            ++found;
        return found;
    }
    [[nodiscard]] Process& process() noexcept { return process_; }

private:
    Process process_;
};

} // namespace qmgmt::test
