// SPDX-License-Identifier: GPL-2.0-or-later

#include "base/watchdog.hpp"

#include "base/failure.hpp"

#include <algorithm>
#include <csignal>
#include <poll.h>
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
const PreparedLog* last_packet = nullptr;
Clock::time_point ends = Clock::time_point::max();
Clock::time_point capped = Clock::time_point::max();

// As much as is taken at once: a reader that reads nothing must not hold us.
void say(int fd, const std::string& bytes)
{
    pollfd ready{fd, POLLOUT, 0};
    if (!bytes.empty() && ::poll(&ready, 1, 1000) == 1) {
        [[maybe_unused]] const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    }
}

void send(const PreparedLog* packet)
{
    if (packet != nullptr && packet->socket >= 0) {
        [[maybe_unused]] const ssize_t sent =
            ::send(packet->socket, packet->bytes.data(), packet->bytes.size(),
                   MSG_DONTWAIT | MSG_NOSIGNAL);
    }
}

void bite(int)
{
    ::signal(SIGPIPE, SIG_IGN); // the exit code is ours, whoever still listens
    if (for_handler != nullptr) {
        say(STDOUT_FILENO, for_handler->output);
        say(STDERR_FILENO, for_handler->error_line);
        send(&for_handler->log);
        send(last_packet);
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

LastPacket::LastPacket(int socket, std::string bytes)
    : packet_{socket, std::move(bytes)}, outer_{last_packet}
{
    last_packet = &packet_;
}

LastPacket::~LastPacket()
{
    last_packet = outer_;
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
    sigset_t bell; // whoever started us may have left it blocked
    sigemptyset(&bell);
    sigaddset(&bell, SIGALRM);
    ::sigprocmask(SIG_UNBLOCK, &bell, nullptr);
    ends = std::min({outer_, capped, Clock::now() + span});
    arm();
}

std::chrono::milliseconds Watchdog::left() const
{
    return std::chrono::duration_cast<std::chrono::milliseconds>(
        std::max(ends - Clock::now(), Clock::duration::zero()));
}

Watchdog::~Watchdog()
{
    ends = outer_;
    arm();
}

} // namespace qmgmt
