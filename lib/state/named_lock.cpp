// SPDX-License-Identifier: GPL-2.0-or-later

#include "state/named_lock.hpp"

#include "base/error.hpp"
#include "base/lock_holder.hpp"
#include "state/runtime.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace qmgmt {

Fd NamedLock::open(const std::string& name)
{
    return open_shared_file(runtime_file(name), O_RDWR | O_CREAT);
}

void NamedLock::sign(std::string_view holder) const
{
    std::string text = std::to_string(::getpid()) + " ";
    text += holder;
    text += '\n';
    // For a message only: a lock that could not be signed is still held.
    [[maybe_unused]] const bool written =
        ::ftruncate(fd_.get(), 0) == 0 &&
        ::pwrite(fd_.get(), text.data(), text.size(), 0) == static_cast<ssize_t>(text.size());
}

NamedLock NamedLock::wait(const std::string& name, LockMode mode, Deadline deadline,
                          std::string_view holder)
{
    Fd fd = open(name);
    if (!lock_file(fd.get(), mode, deadline)) {
        std::string who = read_at(fd.get(), 0, 200);
        while (!who.empty() && who.back() == '\n')
            who.pop_back();
        const auto space = who.find(' ');
        throw Error{failure::busy,
                    "'" + name.substr(name.find('/') + 1) + "' is busy: " +
                        (space == std::string::npos
                             ? lock_holder(fd.get())
                             : who.substr(space + 1) + " (pid " + who.substr(0, space) + ")") +
                        " works on it"};
    }
    NamedLock lock{std::move(fd)};
    if (mode == LockMode::exclusive)
        lock.sign(holder);
    return lock;
}

void NamedLock::share() const
{
    [[maybe_unused]] const bool shared = try_lock_file(fd_.get(), LockMode::shared);
}

std::optional<NamedLock> NamedLock::try_lock(const std::string& name, LockMode mode,
                                             std::string_view holder)
{
    Fd fd = open(name);
    if (!try_lock_file(fd.get(), mode))
        return std::nullopt;
    NamedLock lock{std::move(fd)};
    if (mode == LockMode::exclusive)
        lock.sign(holder);
    return lock;
}

bool NamedLock::is_held(const std::string& name)
{
    const Fd fd{::open(runtime_file(name).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)};
    return fd && is_file_locked(fd.get());
}

} // namespace qmgmt
