// SPDX-License-Identifier: GPL-2.0-or-later
//
// A moment on the monotonic clock after which a wait gives up. Every wait of this library takes
// one.
#pragma once

#include <algorithm>
#include <chrono>

namespace qmgmt {

class Deadline {
public:
    using Clock = std::chrono::steady_clock;

    static Deadline in(std::chrono::milliseconds span) { return Deadline{Clock::now() + span}; }

    [[nodiscard]] bool passed() const { return Clock::now() >= at_; }

    // What is left, never negative.
    [[nodiscard]] std::chrono::milliseconds left() const
    {
        return std::max(std::chrono::milliseconds{0},
                        std::chrono::ceil<std::chrono::milliseconds>(at_ - Clock::now()));
    }

    [[nodiscard]] Deadline sooner(Deadline other) const
    {
        return Deadline{std::min(at_, other.at_)};
    }

private:
    explicit Deadline(Clock::time_point at) : at_{at} {}

    Clock::time_point at_;
};

} // namespace qmgmt
