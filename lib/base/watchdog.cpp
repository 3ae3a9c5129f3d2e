// SPDX-License-Identifier: GPL-2.0-or-later

#include "base/watchdog.hpp"

#include "base/failure.hpp"

#include <algorithm>
#include <csignal>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace qmgmt {
namespace {

using Clock = std::chrono::steady_clock;

using watchdog::LastWords;

std::function<LastWords()>& maker()
{
    static std::function<LastWords()> make = [] {
        return LastWords{
            {}, "timeout: the operation took too long\n", static_cast<int>(Failure::timeout), {}};
    };
    return make;
}

const LastWords& last_words()
{
    static const LastWords words = maker()();
    return words;
}

// What the handler reads: plain, and set before a timer runs.
const LastWords* for_handler = nullptr;
Clock::time_point ends = Clock::time_point::max();
Clock::time_point capped = Clock::time_point::max();

void bite(int)
{
    if (for_handler != nullptr) {
        [[maybe_unused]] ssize_t written =
            ::write(STDOUT_FILENO, for_handler->output.data(), for_handler->output.size());
        written =
            ::write(STDERR_FILENO, for_handler->error_line.data(), for_handler->error_line.size());
        if (for_handler->log.socket >= 0)
            written = ::send(for_handler->log.socket, for_handler->log.bytes.data(),
                             for_handler->log.bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
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

void prepare(std::function<LastWords()> make)
{
    maker() = std::move(make);
}

void cap(std::chrono::milliseconds from_now)
{
    capped = Clock::now() + from_now;
}

} // namespace watchdog

Watchdog::Watchdog(std::chrono::milliseconds span) : outer_{ends}
{
    for_handler = &last_words();
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
