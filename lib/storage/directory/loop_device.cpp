// SPDX-License-Identifier: GPL-2.0-or-later

#include "storage/directory/loop_device.hpp"

#include "base/device.hpp"
#include "base/error.hpp"
#include "base/real_path.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <functional>
#include <linux/loop.h>
#include <memory>
#include <sys/ioctl.h>
#include <unistd.h>

namespace qmgmt {
namespace {

constexpr const char* block_devices = "/sys/devices/virtual/block/";
constexpr std::size_t path_limit = 4096;

// Empty for a device that has no file.
std::string backing_file(const std::string& name)
{
    const Fd fd{::open((block_devices + name + "/loop/backing_file").c_str(),
                       O_RDONLY | O_CLOEXEC | O_NOCTTY)};
    std::string path = fd ? read_at(fd.get(), 0, path_limit) : "";
    while (path.ends_with('\n'))
        path.pop_back();
    return path;
}

std::vector<std::string> devices_where(const std::function<bool(const std::string& file)>& fits)
{
    std::vector<std::string> devices;
    const std::unique_ptr<DIR, int (*)(DIR*)> listing{::opendir(block_devices), ::closedir};
    while (const dirent* entry = listing ? ::readdir(listing.get()) : nullptr) {
        const std::string name = entry->d_name;
        if (name.starts_with("loop") && fits(backing_file(name)))
            devices.push_back("/dev/" + name);
    }
    return devices;
}

} // namespace

std::vector<std::string> loop_devices_below(const std::string& directory)
{
    const auto real = real_path(directory);
    if (!real)
        return {};
    const std::string start = *real + "/";
    return devices_where([&](const std::string& file) { return file.starts_with(start); });
}

bool has_loop_device(const std::string& image)
{
    const auto wanted = real_path(image);
    return wanted &&
           !devices_where([&](const std::string& file) { return file == *wanted; }).empty();
}

void resize_loop_devices(const std::string& image, const std::string& purpose)
{
    const auto wanted = real_path(image);
    if (!wanted)
        return;
    for (const std::string& path :
         devices_where([&](const std::string& file) { return file == *wanted; })) {
        const Fd device = open_block_device(path, DeviceAccess::write);
        if (!device || ::ioctl(device.get(), LOOP_SET_CAPACITY, 0) != 0)
            throw_errno(failure::storage, purpose + ": the device of its disk keeps its size",
                        path);
    }
}

} // namespace qmgmt
