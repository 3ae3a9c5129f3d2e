// SPDX-License-Identifier: GPL-2.0-or-later

#include "base/file_lock.hpp"

#include "base/error.hpp"

#include <cerrno>
#include <csignal>
#include <ctime>
#include <fcntl.h>
#include <sys/file.h>

namespace qmgmt {
namespace {

std::chrono::microseconds waited{0};

struct flock whole_file(short type)
{
    struct flock range {};
    range.l_type = type;
    range.l_whence = SEEK_SET;
    return range;
}

bool set_lock(int fd, int command, LockMode mode)
{
    struct flock range = whole_file(mode == LockMode::shared ? F_RDLCK : F_WRLCK);
    return ::fcntl(fd, command, &range) == 0;
}

void interrupt(int) {}

// Interrupts a wait in the kernel when the deadline has passed, again every 20 ms, so that none is
// lost between a check and the wait. Its signal is its own: SIGALRM belongs to the watchdog.
class Interrupter {
public:
    explicit Interrupter(Deadline deadline)
    {
        struct sigaction action {};
        action.sa_handler = interrupt;
        ::sigaction(SIGRTMIN, &action, &previous_);
        struct sigevent event {};
        event.sigev_notify = SIGEV_SIGNAL;
        event.sigev_signo = SIGRTMIN;
        if (::timer_create(CLOCK_MONOTONIC, &event, &timer_) != 0)
            throw_errno(failure::internal, "cannot wait for a lock", "timer_create");
        const auto left = std::max(deadline.left(), std::chrono::milliseconds{1});
        struct itimerspec spec {};
        spec.it_value.tv_sec = left.count() / 1000;
        spec.it_value.tv_nsec = left.count() % 1000 * 1'000'000;
        spec.it_interval.tv_nsec = 20'000'000;
        ::timer_settime(timer_, 0, &spec, nullptr);
    }
    Interrupter(const Interrupter&) = delete;
    Interrupter& operator=(const Interrupter&) = delete;
    ~Interrupter()
    {
        ::timer_delete(timer_);
        ::sigaction(SIGRTMIN, &previous_, nullptr);
    }

private:
    timer_t timer_{};
    struct sigaction previous_ {};
};

// Asks the kernel to wait for the lock, until it is ours.
template<typename Take>
bool wait_for(Deadline deadline, const char* how, const Take& take)
{
    const auto start = Deadline::Clock::now();
    const auto account = [start] {
        waited +=
            std::chrono::duration_cast<std::chrono::microseconds>(Deadline::Clock::now() - start);
    };
    const Interrupter interrupter{deadline};
    while (!deadline.passed()) {
        if (take()) {
            account();
            return true;
        }
        if (errno != EINTR)
            throw_errno(failure::failed, "cannot lock a file", how);
    }
    account();
    return false;
}

} // namespace

bool try_lock_file(int fd, LockMode mode)
{
    if (set_lock(fd, F_OFD_SETLK, mode))
        return true;
    if (errno != EAGAIN && errno != EACCES)
        throw_errno(failure::failed, "cannot lock a file", "F_OFD_SETLK");
    return false;
}

bool lock_file(int fd, LockMode mode, Deadline deadline)
{
    return try_lock_file(fd, mode) ||
           wait_for(deadline, "F_OFD_SETLKW", [&] { return set_lock(fd, F_OFD_SETLKW, mode); });
}

bool flock_file(int fd, Deadline deadline)
{
    if (::flock(fd, LOCK_EX | LOCK_NB) == 0)
        return true;
    if (errno != EWOULDBLOCK)
        throw_errno(failure::failed, "cannot lock a file", "flock");
    return wait_for(deadline, "flock", [&] { return ::flock(fd, LOCK_EX) == 0; });
}

std::chrono::microseconds time_waited_for_locks()
{
    return waited;
}

} // namespace qmgmt
