// SPDX-License-Identifier: GPL-2.0-or-later

#include "base/stop_signals.hpp"

#include <array>
#include <cerrno>
#include <time.h>

namespace qmgmt {
namespace {

constexpr std::array<int, 3> signals = {SIGTERM, SIGHUP, SIGINT};

volatile sig_atomic_t has_arrived = 0; // set by the handler

void note(int) noexcept
{
    has_arrived = 1;
}

sigset_t set_of_signals() noexcept
{
    sigset_t set{};
    sigemptyset(&set);
    for (const int number : signals)
        sigaddset(&set, number);
    return set;
}

} // namespace

StopSignals::StopSignals()
{
    has_arrived = 0;
    // Blocked except while we wait: none can come between the last look and the wait.
    const sigset_t set = set_of_signals();
    sigprocmask(SIG_BLOCK, &set, &before_);
    struct sigaction action {};
    action.sa_handler = note;
    for (std::size_t i = 0; i < signals.size(); ++i) {
        sigaction(signals[i], nullptr, &former_[i]);
        if (former_[i].sa_handler != SIG_IGN) // nohup
            sigaction(signals[i], &action, nullptr);
    }
}

StopSignals::~StopSignals()
{
    const sigset_t set = set_of_signals();
    const timespec now{};
    while (sigtimedwait(&set, nullptr, &now) > 0)
        continue;
    for (std::size_t i = 0; i < signals.size(); ++i)
        sigaction(signals[i], &former_[i], nullptr);
    sigprocmask(SIG_SETMASK, &before_, nullptr);
}

bool StopSignals::arrived() const noexcept
{
    sigset_t pending{};
    sigpending(&pending);
    for (const int number : signals) {
        if (sigismember(&pending, number) == 1)
            has_arrived = 1;
    }
    return has_arrived != 0;
}

bool StopSignals::wait_readable(int fd, std::optional<Deadline> deadline) const noexcept
{
    struct pollfd waiting {
        fd, POLLIN, 0
    };
    return wait_any({&waiting, 1}, deadline);
}

bool StopSignals::wait_any(std::span<struct pollfd> waits,
                           std::optional<Deadline> deadline) const noexcept
{
    sigset_t open = before_;
    for (const int number : signals)
        sigdelset(&open, number);
    for (;;) {
        if (arrived() || (deadline && deadline->passed()))
            return false;
        timespec left{};
        if (deadline) {
            const auto span = deadline->left();
            left.tv_sec = span.count() / 1000;
            left.tv_nsec = (span.count() % 1000) * 1000000;
        }
        const int ready = ::ppoll(waits.data(), waits.size(), deadline ? &left : nullptr, &open);
        if (ready > 0)
            return true;
        if (ready < 0 && errno != EINTR)
            return true; // reading says what is wrong
    }
}

} // namespace qmgmt
