// SPDX-License-Identifier: GPL-2.0-or-later

#include "device/pci/device.hpp"

#include "device/hex.hpp"

#include <algorithm>

namespace qmgmt {
namespace {

// Networks, displays, sound and pictures, lines and modems, input, radio.
constexpr std::uint32_t classes_without_disks[] = {0x02, 0x03, 0x04, 0x07, 0x09, 0x0d};

} // namespace

bool PciDevice::may_have_disks() const
{
    return std::ranges::find(classes_without_disks, klass >> 16) == std::end(classes_without_disks);
}

std::string PciDevice::interfaces() const
{
    return "p" + hex(klass, 6);
}

std::string PciDevice::id() const
{
    return "0x" + hex(vendor, 4) + ":0x" + hex(product, 4) + "::" + interfaces();
}

bool is_display(std::string_view untrusted_id)
{
    constexpr std::size_t length = 7; // of an interface
    const auto colon = untrusted_id.rfind(':');
    if (colon == std::string_view::npos)
        return false;
    const std::string_view interfaces = untrusted_id.substr(colon + 1);
    for (std::size_t i = 0; i + length <= interfaces.size(); i += length) {
        if (interfaces.substr(i, 3) == "p03")
            return true;
    }
    return false;
}

} // namespace qmgmt
