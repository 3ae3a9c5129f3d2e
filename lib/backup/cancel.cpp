// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/cancel.hpp"

#include "backup/fault.hpp"
#include "backup/run_lock.hpp"
#include "base/fd.hpp"

#include <cerrno>
#include <charconv>
#include <csignal>
#include <optional>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace qmgmt {
namespace {

constexpr std::chrono::seconds patience{20};

// As the kernel says. The owner of its directory in /proc says less: it is root where a process
// may not be traced.
std::optional<uid_t> user_of(pid_t pid)
{
    const std::string status = read_small_file("/proc/" + std::to_string(pid) + "/status");
    constexpr std::string_view key = "\nUid:\t";
    const auto at = status.find(key);
    uid_t user = 0;
    if (at == std::string::npos)
        return std::nullopt;
    const char* const begin = status.data() + at + key.size();
    if (std::from_chars(begin, status.data() + status.size(), user).ec != std::errc{})
        return std::nullopt;
    return user;
}

[[noreturn]] void fail_not_running(const ProfileId& id)
{
    throw BackupError{BackupFault::not_running, "no backup by '" + id.text() + "' is running"};
}

// A descriptor that means the owner, however soon its number is another's.
std::optional<Fd> owner_of_lock(const ProfileId& id)
{
    const auto pid = backup_owner(id);
    if (!pid)
        return std::nullopt;
    if (*pid <= 0) // of a container that this one cannot look into
        throw Error{failure::denied, "the backup is not one of this host's"};
    Fd process{static_cast<int>(::syscall(SYS_pidfd_open, *pid, 0))};
    if (!process && errno != ESRCH)
        throw_errno(failure::failed, "cannot cancel a backup", "pidfd_open");
    if (!process || backup_owner(id) != pid)
        return std::nullopt;
    return process;
}

bool ends_until(const Fd& process, Deadline deadline)
{
    for (;;) {
        struct pollfd ended {
            process.get(), POLLIN, 0
        };
        const int ready = ::poll(&ended, 1, static_cast<int>(deadline.left().count()));
        if (ready > 0)
            return true;
        if (ready == 0 || errno != EINTR)
            return false;
    }
}

} // namespace

unsigned needs_of_cancel(const Request& request)
{
    constexpr unsigned least = needs_store | needs_profiles | needs_signals;
    try {
        const auto pid = backup_owner(ProfileId::parse(request.argument));
        const auto user = pid ? user_of(*pid) : std::nullopt;
        return user && *user != ::geteuid() ? least | needs_root : least;
    } catch (const Error&) {
        return least; // the call says what is wrong with it
    }
}

void cancel_backup(Call& call, const ProfileId& id)
{
    call.act();
    const auto process = owner_of_lock(id);
    if (!process)
        fail_not_running(id);
    const Deadline deadline = call.deadline(patience);
    if (::syscall(SYS_pidfd_send_signal, process->get(), SIGTERM, nullptr, 0) != 0) {
        if (errno == ESRCH)
            fail_not_running(id);
        throw_errno(failure::failed, "cannot cancel a backup", "pidfd_send_signal");
    }
    // It lets go of the lock when nothing of the backup is left.
    if (!ends_until(*process, deadline) && owner_of_lock(id))
        throw BackupError{BackupFault::cancel_pending, "the backup has not ended yet"};
}

} // namespace qmgmt
