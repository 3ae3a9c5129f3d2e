// SPDX-License-Identifier: GPL-2.0-or-later
//
// SIGTERM, SIGHUP and SIGINT as a question instead of an end: for work that has to be taken back
// when somebody wants it to stop.
#pragma once

#include "base/deadline.hpp"

#include <optional>
#include <poll.h>
#include <signal.h>
#include <span>

namespace qmgmt {

// Only one at a time. While it exists the signals end nothing; what came after the last `arrived`
// has come too late and is forgotten.
class StopSignals {
public:
    StopSignals();
    StopSignals(const StopSignals&) = delete;
    StopSignals& operator=(const StopSignals&) = delete;
    ~StopSignals();

    [[nodiscard]] bool arrived() const noexcept;
    // Until something can be read from `fd`, or it has ended. False when the deadline passed or a
    // signal came.
    [[nodiscard]] bool wait_readable(int fd, std::optional<Deadline> deadline) const noexcept;
    // The same for any of several, as poll(2) has them; their `revents` are then set.
    [[nodiscard]] bool wait_any(std::span<struct pollfd> waits,
                                std::optional<Deadline> deadline) const noexcept;

private:
    sigset_t before_{};
    struct sigaction former_[3]{};
};

} // namespace qmgmt
