// SPDX-License-Identifier: GPL-2.0-or-later

#include "storage/zfs/device.hpp"

#include "base/deadline.hpp"
#include "base/error.hpp"
#include "base/paths.hpp"
#include "base/wait.hpp"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

namespace qmgmt {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t longest_name = 256;
constexpr unsigned long zvol_name_request = _IOR(0x12, 125, char[longest_name]); // BLKZNAME

bool is_file(const std::string& path)
{
    struct stat facts {};
    return ::stat(path.c_str(), &facts) == 0 && S_ISREG(facts.st_mode);
}

// Below a scratch root nobody makes devices: files stand for them.
Fd open_device(const std::string& path, DeviceAccess access)
{
    if (paths::root().empty() || !is_file(path))
        return open_block_device(path, access);
    const int flags = access == DeviceAccess::read ? O_RDONLY : O_RDWR;
    return Fd{::open(path.c_str(), flags | O_CLOEXEC)};
}

// The names of zvols are links that udev makes, and numbers of devices are used again: for a moment
// a name may lead to another volume. A device that does not say whose it is passes.
bool belongs_to(int device, const std::string& volume)
{
    std::array<char, longest_name> name{};
    if (::ioctl(device, zvol_name_request, name.data()) != 0)
        return true;
    name.back() = '\0';
    return volume == name.data();
}

} // namespace

std::string zvol_path(const std::string& volume)
{
    return paths::below_root("/dev/zvol/" + volume);
}

void await_zvol(const std::string& volume, const std::string& purpose)
{
    static_cast<void>(open_zvol(volume, DeviceAccess::read, purpose));
}

Fd open_zvol(const std::string& volume, DeviceAccess access, const std::string& purpose)
{
    const auto path = zvol_path(volume);
    for (const auto deadline = Deadline::in(10s);; wait(10ms)) {
        Fd device = open_device(path, access);
        if (device && belongs_to(device.get(), volume))
            return device;
        if (!device && errno != ENOENT && errno != ENOTDIR && errno != ENXIO)
            throw_errno(failure::storage, purpose + ": its device cannot be opened", path);
        if (deadline.passed())
            throw Error{failure::storage, purpose + ": its device does not appear", path};
    }
}

bool is_claimed(const std::string& volume, const std::string& purpose)
{
    const auto path = zvol_path(volume);
    const Fd claimed = open_device(path, DeviceAccess::claim);
    if (!claimed && errno != EBUSY)
        throw_errno(failure::storage, purpose + ": nobody can tell who uses its device", path);
    return !claimed;
}

} // namespace qmgmt
