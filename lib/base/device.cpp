// SPDX-License-Identifier: GPL-2.0-or-later

#include "base/device.hpp"

#include "base/spawner.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>

namespace qmgmt {
namespace {

int flags_of(DeviceAccess access)
{
    switch (access) {
    case DeviceAccess::read: return O_RDONLY;
    case DeviceAccess::write: return O_RDWR;
    case DeviceAccess::claim: return O_RDWR | O_EXCL;
    }
    return O_RDONLY;
}

} // namespace

std::string_view name_of(DeviceAccess access) noexcept
{
    switch (access) {
    case DeviceAccess::read: return "read";
    case DeviceAccess::write: return "write";
    case DeviceAccess::claim: return "claim";
    }
    return {};
}

std::optional<DeviceAccess> device_access(std::string_view name) noexcept
{
    for (const auto access : {DeviceAccess::read, DeviceAccess::write, DeviceAccess::claim})
        if (name == name_of(access))
            return access;
    return std::nullopt;
}

Fd open_block_device(const std::string& path, DeviceAccess access)
{
    if (spawner::is_there())
        return spawner::open_device(path, access);
    struct stat facts {};
    // asked first: opening some other kind of file may do something already, or wait
    if (::stat(path.c_str(), &facts) != 0)
        return {};
    Fd device{S_ISBLK(facts.st_mode)
                  ? ::open(path.c_str(), flags_of(access) | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
                  : -1};
    if (!device) {
        errno = S_ISBLK(facts.st_mode) ? errno : ENOTBLK;
        return {};
    }
    if (::fstat(device.get(), &facts) == 0 && S_ISBLK(facts.st_mode))
        return device;
    errno = ENOTBLK;
    return {};
}

} // namespace qmgmt
