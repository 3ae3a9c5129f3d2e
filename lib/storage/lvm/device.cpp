// SPDX-License-Identifier: GPL-2.0-or-later

#include "storage/lvm/device.hpp"

#include "base/error.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace qmgmt::lvm {

Fd open_volume(const std::string& purpose, const std::string& path, DeviceAccess access)
{
    Fd device = open_block_device(path, access);
    if (!device)
        throw_errno(failure::storage, purpose + ": its device cannot be opened", path);
    return device;
}

bool is_block_device(const std::string& path)
{
    struct stat facts {};
    return ::stat(path.c_str(), &facts) == 0 && S_ISBLK(facts.st_mode);
}

std::uint64_t device_size(const std::string& purpose, int device)
{
    const off_t end = ::lseek(device, 0, SEEK_END);
    if (end < 0)
        throw_errno(failure::storage, purpose + ": its device does not tell its size", "lseek");
    return static_cast<std::uint64_t>(end);
}

void discard(const std::string& path)
{
    constexpr std::uint64_t step = std::uint64_t{1} << 30;
    const Fd device = is_block_device(path) ? open_block_device(path, DeviceAccess::claim) : Fd{};
    const off_t end = device ? ::lseek(device.get(), 0, SEEK_END) : 0;
    const auto size = end > 0 ? static_cast<std::uint64_t>(end) : 0;
    for (std::uint64_t at = 0; at < size; at += step) {
        std::array<std::uint64_t, 2> range{at, std::min(step, size - at)};
        if (::ioctl(device.get(), BLKDISCARD, range.data()) != 0)
            return;
    }
}

} // namespace qmgmt::lvm
