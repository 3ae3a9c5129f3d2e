// SPDX-License-Identifier: GPL-2.0-or-later
//
// One line on the terminal of a person who waits for a transfer. Says nothing when qrexec started
// the call or standard error is no terminal.
#pragma once

#include "rpc/request.hpp"

#include <chrono>
#include <cstdint>
#include <optional>

namespace qmgmt::rpc {

class ProgressLine {
public:
    explicit ProgressLine(const Request& request, std::optional<std::uint64_t> total = {});
    ProgressLine(const ProgressLine&) = delete;
    ProgressLine& operator=(const ProgressLine&) = delete;
    ~ProgressLine();

    // So many bytes have come. Cheap: most of the time nothing is written.
    void reached(std::uint64_t done);

private:
    using Clock = std::chrono::steady_clock;

    void show();

    bool wanted_;
    bool shown_ = false;
    std::optional<std::uint64_t> total_;
    std::uint64_t done_ = 0;
    Clock::time_point begin_ = Clock::now();
    Clock::time_point next_ = begin_;
};

} // namespace qmgmt::rpc
