// SPDX-License-Identifier: GPL-2.0-or-later
//
// The smallest guests that run: boot sectors. Their images are 1 MiB, because QEMU's firmware reads
// no smaller disk.
#pragma once

#include <string>
#include <string_view>

namespace qmgmt::test {

// A disk image that begins with `code`.
[[nodiscard]] inline std::string boot_image(std::string_view code)
{
    std::string image(std::size_t{1} << 20, '\0');
    image.replace(0, code.size(), code);
    image[510] = '\x55';
    image[511] = '\xaa';
    return image;
}

// Says "GUEST UP" on its serial line and powers off when its power button is pressed.
[[nodiscard]] inline std::string guest_image()
{
    // cli; stack at 7c00; power button enabled in PM1_EN (602h); print; then, at each tick, PM1_STS
    // (600h): when the button was pressed write "soft off" to PM1_CNT (604h).
    static constexpr unsigned char code[] = {
        0xfa, 0x31, 0xc0, 0x8e, 0xd8, 0x8e, 0xd0, 0xbc, 0x00, 0x7c, 0xba, 0x02, 0x06,
        0xb8, 0x00, 0x01, 0xef, 0xbe, 0x33, 0x7c, 0xac, 0x84, 0xc0, 0x74, 0x06, 0xba,
        0xf8, 0x03, 0xee, 0xeb, 0xf5, 0xfb, 0xf4, 0xba, 0x00, 0x06, 0xed, 0xf6, 0xc4,
        0x01, 0x74, 0x07, 0xba, 0x04, 0x06, 0xb8, 0x00, 0x20, 0xef, 0xeb, 0xed};
    return boot_image(std::string{reinterpret_cast<const char*>(code), sizeof code} + "GUEST UP\n");
}

// Says so as well, and never looks at its power button, nor at anything else.
[[nodiscard]] inline std::string guest_that_ignores()
{
    //      fa              cli
    //      31 c0           xor  ax, ax
    //      8e d8           mov  ds, ax
    //      8e d0           mov  ss, ax
    //      bc 00 7c        mov  sp, 7c00h
    //      be 1c 7c        mov  si, text
    // next ac              lodsb
    //      84 c0           test al, al
    //      74 06           jz   idle
    //      ba f8 03        mov  dx, 3f8h
    //      ee              out  dx, al
    //      eb f5           jmp  next
    // idle fb f4           sti; hlt
    //      eb fc           jmp  idle
    // text
    using namespace std::string_view_literals;
    std::string code{"\xfa\x31\xc0\x8e\xd8\x8e\xd0\xbc\x00\x7c\xbe\x1c\x7c"sv};
    code += "\xac\x84\xc0\x74\x06\xba\xf8\x03\xee\xeb\xf5\xfb\xf4\xeb\xfc"sv;
    return boot_image(code + "GUEST UP\n");
}

// Waits for `ticks` of the timer, 18.2 a second, and then does `last`.
[[nodiscard]] inline std::string guest_after(unsigned char ticks, std::string_view last)
{
    //      fa              cli
    //      31 c0           xor  ax, ax
    //      8e d8           mov  ds, ax
    //      8e d0           mov  ss, ax
    //      bc 00 7c        mov  sp, 7c00h
    //      b9 TICKS 00     mov  cx, TICKS
    //      fb              sti
    // tick f4              hlt
    //      e2 fd           loop tick
    using namespace std::string_view_literals;
    std::string code{"\xfa\x31\xc0\x8e\xd8\x8e\xd0\xbc\x00\x7c\xb9"sv};
    code += static_cast<char>(ticks);
    code += "\x00\xfb\xf4\xe2\xfd"sv;
    code += last;
    code += "\xf4\xeb\xfd"sv; // end: hlt; jmp end
    return boot_image(code);
}

// Powers itself off.
[[nodiscard]] inline std::string guest_that_powers_off(unsigned char ticks)
{
    // mov dx, 604h; mov ax, 2000h; out dx, ax: "soft off" to PM1_CNT
    using namespace std::string_view_literals;
    return guest_after(ticks, "\xba\x04\x06\xb8\x00\x20\xef"sv);
}

// Crashes: tells the panic device of QEMU so.
[[nodiscard]] inline std::string guest_that_crashes(unsigned char ticks)
{
    // mov dx, 505h; mov al, 1; out dx, al
    using namespace std::string_view_literals;
    return guest_after(ticks, "\xba\x05\x05\xb0\x01\xee"sv);
}

} // namespace qmgmt::test
