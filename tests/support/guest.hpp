// SPDX-License-Identifier: GPL-2.0-or-later
//
// The smallest guest that runs: a boot sector that says "GUEST UP" on its serial line and powers
// off when its power button is pressed. Its image is 1 MiB, because QEMU's firmware reads no
// smaller disk.
#pragma once

#include <string>

namespace qmgmt::test {

[[nodiscard]] inline std::string guest_image()
{
    // cli; stack at 7c00; power button enabled in PM1_EN (602h); print; then, at each tick, PM1_STS
    // (600h): when the button was pressed write "soft off" to PM1_CNT (604h).
    static constexpr unsigned char code[] = {
        0xfa, 0x31, 0xc0, 0x8e, 0xd8, 0x8e, 0xd0, 0xbc, 0x00, 0x7c, 0xba, 0x02, 0x06,
        0xb8, 0x00, 0x01, 0xef, 0xbe, 0x33, 0x7c, 0xac, 0x84, 0xc0, 0x74, 0x06, 0xba,
        0xf8, 0x03, 0xee, 0xeb, 0xf5, 0xfb, 0xf4, 0xba, 0x00, 0x06, 0xed, 0xf6, 0xc4,
        0x01, 0x74, 0x07, 0xba, 0x04, 0x06, 0xb8, 0x00, 0x20, 0xef, 0xeb, 0xed};
    std::string image(std::size_t{1} << 20, '\0');
    image.replace(0, sizeof code, reinterpret_cast<const char*>(code), sizeof code);
    image.replace(sizeof code, 9, "GUEST UP\n");
    image[510] = '\x55';
    image[511] = '\xaa';
    return image;
}

} // namespace qmgmt::test
