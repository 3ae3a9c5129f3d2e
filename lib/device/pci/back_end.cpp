// SPDX-License-Identifier: GPL-2.0-or-later

#include "device/pci/back_end.hpp"

#include "base/fd.hpp"

#include <array>
#include <fcntl.h>
#include <string_view>
#include <unistd.h>

namespace qmgmt {
namespace {

constexpr std::string_view driver_name = "pciback";

std::string driver_link(const std::string& sysfs, const PciAddress& device)
{
    return sysfs + "/bus/pci/devices/" + device.text() + "/driver";
}

// What the kernel refuses shows in what is true afterwards.
void tell_kernel(const std::string& file, const std::string& text)
{
    const Fd fd{::open(file.c_str(), O_WRONLY | O_CLOEXEC)};
    if (fd)
        static_cast<void>(write_all(fd.get(), text));
}

} // namespace

bool is_held_for_domains(const std::string& sysfs, const PciAddress& device)
{
    std::array<char, 4096> link{};
    const ssize_t length = ::readlink(driver_link(sysfs, device).c_str(), link.data(), link.size());
    const std::string_view target{link.data(), length > 0 ? static_cast<std::size_t>(length) : 0};
    return target.substr(target.rfind('/') + 1) == driver_name;
}

bool hold_for_domains(const std::string& sysfs, const PciAddress& device)
{
    if (is_held_for_domains(sysfs, device))
        return true;
    const std::string back_end = pci_drivers(sysfs) + "/" + std::string{driver_name};
    if (::access(back_end.c_str(), F_OK) != 0)
        return false; // nobody would have it then
    tell_kernel(driver_link(sysfs, device) + "/unbind", device.text());
    tell_kernel(back_end + "/new_slot", device.text());
    tell_kernel(back_end + "/bind", device.text());
    return is_held_for_domains(sysfs, device);
}

std::string pci_drivers(const std::string& sysfs)
{
    return sysfs + "/bus/pci/drivers";
}

} // namespace qmgmt
