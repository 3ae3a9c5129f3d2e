// SPDX-License-Identifier: GPL-2.0-or-later

#include "storage/zfs/device.hpp"

#include "base/deadline.hpp"
#include "base/error.hpp"
#include "base/paths.hpp"
#include "base/wait.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>

namespace qmgmt {

namespace {

using namespace std::chrono_literals;

// Below a scratch root nobody makes devices: files stand for them.
bool is_device(const struct stat& facts)
{
    return S_ISBLK(facts.st_mode) || (!paths::root().empty() && S_ISREG(facts.st_mode));
}

} // namespace

std::string zvol_path(const std::string& volume)
{
    return paths::below_root("/dev/zvol/" + volume);
}

void await_zvol(const std::string& volume, const std::string& purpose)
{
    const auto path = zvol_path(volume);
    struct stat facts {};
    for (const auto deadline = Deadline::in(10s); ::stat(path.c_str(), &facts) != 0; wait(10ms)) {
        if (errno != ENOENT && errno != ENOTDIR)
            throw_errno(failure::storage, purpose + ": its device cannot be examined", path);
        if (deadline.passed())
            throw Error{failure::storage, purpose + ": its device does not appear", path};
    }
    if (!is_device(facts))
        throw Error{failure::storage, purpose + ": its device is none", path};
}

Fd open_zvol(const std::string& volume, DeviceAccess access, const std::string& purpose)
{
    await_zvol(volume, purpose);
    const auto path = zvol_path(volume);
    Fd device = open_block_device(path, access);
    if (!device && errno == ENOTBLK && !paths::root().empty())
        device = Fd{::open(path.c_str(), (access == DeviceAccess::read ? O_RDONLY : O_RDWR) |
                                             O_NONBLOCK | O_NOCTTY | O_CLOEXEC)};
    if (!device)
        throw_errno(failure::storage, purpose + ": its device cannot be opened", path);
    return device;
}

} // namespace qmgmt
