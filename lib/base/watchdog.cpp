// SPDX-License-Identifier: GPL-2.0-or-later

#include "base/watchdog.hpp"

#include "base/failure.hpp"

#include <algorithm>
#include <csignal>
#include <sys/time.h>
#include <unistd.h>

namespace qmgmt {
namespace {

using Clock = std::chrono::steady_clock;

struct Prepared {
    std::string output;
    std::string error_line = "timeout: the operation took too long\n";
    int exit_code = static_cast<int>(Failure::timeout);
};

Prepared& prepared()
{
    static Prepared words;
    return words;
}

// What the handler reads: plain, and set before a timer runs.
const Prepared* for_handler = nullptr;
Clock::time_point ends = Clock::time_point::max();
Clock::time_point capped = Clock::time_point::max();

void bite(int)
{
    if (for_handler != nullptr) {
        [[maybe_unused]] ssize_t written =
            ::write(STDOUT_FILENO, for_handler->output.data(), for_handler->output.size());
        written =
            ::write(STDERR_FILENO, for_handler->error_line.data(), for_handler->error_line.size());
        ::_exit(for_handler->exit_code);
    }
    ::_exit(static_cast<int>(Failure::timeout));
}

void arm()
{
    struct itimerval timer {};
    if (ends != Clock::time_point::max()) {
        const auto left =
            std::max(std::chrono::duration_cast<std::chrono::microseconds>(ends - Clock::now()),
                     std::chrono::microseconds{1});
        timer.it_value.tv_sec = left.count() / 1'000'000;
        timer.it_value.tv_usec = left.count() % 1'000'000;
    }
    ::setitimer(ITIMER_REAL, &timer, nullptr);
}

} // namespace

namespace watchdog {

void prepare(std::string output, std::string error_line, int exit_code)
{
    prepared() = {std::move(output), std::move(error_line), exit_code};
}

void cap(std::chrono::milliseconds from_now)
{
    capped = Clock::now() + from_now;
}

} // namespace watchdog

Watchdog::Watchdog(std::chrono::milliseconds span) : outer_{ends}
{
    for_handler = &prepared();
    struct sigaction action {};
    action.sa_handler = bite;
    ::sigaction(SIGALRM, &action, nullptr);
    ends = std::min({outer_, capped, Clock::now() + span});
    arm();
}

Watchdog::~Watchdog()
{
    ends = outer_;
    arm();
}

} // namespace qmgmt
