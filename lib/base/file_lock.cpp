// SPDX-License-Identifier: GPL-2.0-or-later

#include "base/file_lock.hpp"

#include "base/error.hpp"
#include "base/fd.hpp"

#include <cerrno>
#include <csignal>
#include <ctime>
#include <dirent.h>
#include <fcntl.h>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>

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

// The program of a process by its command line, without its directory.
std::string program_of(const std::string& pid)
{
    std::string line = read_small_file("/proc/" + pid + "/cmdline", 4096);
    line.resize(std::min(line.size(), line.find('\0')));
    if (const auto slash = line.rfind('/'); slash != std::string::npos)
        line.erase(0, slash + 1);
    return line.empty() ? "process" : line;
}

// Does the process hold a lock on the inode? Its descriptors say so in /proc/PID/fdinfo.
bool holds_lock(const std::string& pid, const std::string& inode)
{
    const std::string directory = "/proc/" + pid + "/fdinfo";
    DIR* listing = ::opendir(directory.c_str());
    if (listing == nullptr)
        return false;
    bool found = false;
    while (const dirent* entry = ::readdir(listing)) {
        if (entry->d_name[0] == '.')
            continue;
        const std::string info = read_small_file(directory + "/" + entry->d_name, 4096);
        if (info.find("lock:") != std::string::npos && info.find(inode) != std::string::npos) {
            found = true;
            break;
        }
    }
    ::closedir(listing);
    return found;
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
    if (try_lock_file(fd, mode))
        return true;
    const auto start = Deadline::Clock::now();
    const auto account = [start] {
        waited +=
            std::chrono::duration_cast<std::chrono::microseconds>(Deadline::Clock::now() - start);
    };
    const Interrupter interrupter{deadline};
    while (!deadline.passed()) {
        if (set_lock(fd, F_OFD_SETLKW, mode)) {
            account();
            return true;
        }
        if (errno != EINTR)
            throw_errno(failure::failed, "cannot lock a file", "F_OFD_SETLKW");
    }
    account();
    return false;
}

std::string lock_holder(int fd)
{
    struct stat status {};
    if (::fstat(fd, &status) != 0)
        return "another process";
    const std::string inode = ":" + std::to_string(status.st_ino) + " ";
    DIR* processes = ::opendir("/proc");
    if (processes == nullptr)
        return "another process";
    std::string holder = "another process";
    const std::string own = std::to_string(::getpid());
    while (const dirent* entry = ::readdir(processes)) {
        const std::string pid = entry->d_name;
        if (pid.find_first_not_of("0123456789") != std::string::npos || pid == own)
            continue;
        if (holds_lock(pid, inode)) {
            holder = program_of(pid) + " (pid " + pid + ")";
            break;
        }
    }
    ::closedir(processes);
    return holder;
}

std::chrono::microseconds time_waited_for_locks()
{
    return waited;
}

} // namespace qmgmt
