// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/run_lock.hpp"

#include "backup/fault.hpp"
#include "base/paths.hpp"
#include "state/runtime.hpp"

#include <cerrno>
#include <fcntl.h>

namespace qmgmt {
namespace {

std::string lock_name(const ProfileId& id)
{
    return "backup/" + id.text() + ".lock";
}

struct flock whole_file()
{
    struct flock lock {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    return lock;
}

} // namespace

std::optional<RunLock> RunLock::take(const std::string& name)
{
    Fd file = open_shared_file(runtime_file(name), O_RDWR | O_CREAT);
    struct flock lock = whole_file();
    if (::fcntl(file.get(), F_SETLK, &lock) == 0)
        return RunLock{std::move(file)};
    if (errno != EAGAIN && errno != EACCES)
        throw_errno(failure::failed, "cannot lock a file", name);
    return std::nullopt;
}

std::optional<RunLock> RunLock::try_profile(const ProfileId& id)
{
    return take(lock_name(id));
}

RunLock RunLock::of_profile(const ProfileId& id)
{
    auto lock = try_profile(id);
    if (!lock)
        throw BackupError{BackupFault::already_running, "Backup already running"};
    return std::move(*lock);
}

RunLock RunLock::of_restore()
{
    auto lock = take("restore.lock");
    if (!lock)
        throw BackupError{BackupFault::already_running,
                          "a backup is being restored or verified already"};
    return std::move(*lock);
}

std::optional<pid_t> backup_owner(const ProfileId& id)
{
    const std::string path = paths::below_root(paths::runtime) + "/" + lock_name(id);
    const Fd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY)};
    struct flock lock = whole_file();
    if (!file || ::fcntl(file.get(), F_GETLK, &lock) != 0 || lock.l_type == F_UNLCK)
        return std::nullopt;
    return lock.l_pid;
}

} // namespace qmgmt
