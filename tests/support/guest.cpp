// SPDX-License-Identifier: GPL-2.0-or-later

#include "support/guest.hpp"

#include <fstream>
#include <iterator>
#include <thread>

using namespace std::string_view_literals;

namespace qmgmt::test {
namespace {

constexpr std::size_t sector = 512;
constexpr std::size_t text_place = 256; // in the sector, which the firmware loads to 7c00h

// The pieces that guests are made of: 16-bit code that may stand anywhere in the sector. It uses
// ports alone and no firmware. QEMU's chipsets have the registers of ACPI's power management at
// 600h: PM1_STS, PM1_EN (602h), PM1_CNT (604h).

//      fa              cli
//      31 c0           xor  ax, ax
//      8e d8           mov  ds, ax
//      8e d0           mov  ss, ax
//      bc 00 7c        mov  sp, 7c00h
constexpr std::string_view set_up = "\xfa\x31\xc0\x8e\xd8\x8e\xd0\xbc\x00\x7c"sv;

// QEMU keeps a press of the button only for a guest that enabled its bit.
//      ba 02 06        mov  dx, 602h
//      b8 00 01        mov  ax, 100h
//      ef              out  dx, ax
constexpr std::string_view enable_button = "\xba\x02\x06\xb8\x00\x01\xef"sv;

//      be 00 7d        mov  si, 7d00h      the text
// next ac              lodsb
//      84 c0           test al, al
//      74 06           jz   end
//      ba f8 03        mov  dx, 3f8h       the first serial port
//      ee              out  dx, al
//      eb f5           jmp  next
// end
constexpr std::string_view say_text = "\xbe\x00\x7d\xac\x84\xc0\x74\x06\xba\xf8\x03\xee\xeb\xf5"sv;

// wait fb              sti
//      f4              hlt
//      ba 00 06        mov  dx, 600h
//      ed              in   ax, dx
//      f6 c4 01        test ah, 1          pressed?
//      74 f6           jz   wait + 1
constexpr std::string_view wait_for_button = "\xfb\xf4\xba\x00\x06\xed\xf6\xc4\x01\x74\xf6"sv;

// At each tick all slots that are asked for are given back. The chipset's registers for that begin
// at cc0h: at cc4h stand the slots, one a bit, of the bus that was chosen at cd0h, and what is
// written to cc8h lets go of.
// tick fb              sti
//      f4              hlt
//      b9 40 00        mov  cx, 64         buses
// next ba d0 0c        mov  dx, 0cd0h
//      66 0f b7 c1     movzx eax, cx
//      66 48           dec  eax
//      66 ef           out  dx, eax
//      ba c4 0c        mov  dx, 0cc4h
//      66 ed           in   eax, dx
//      66 85 c0        test eax, eax
//      74 05           jz   free
//      ba c8 0c        mov  dx, 0cc8h
//      66 ef           out  dx, eax
// free e2 e4           loop next
//      eb dd           jmp  tick
constexpr std::string_view let_go = "\xfb\xf4\xb9\x40\x00"
                                    "\xba\xd0\x0c\x66\x0f\xb7\xc1\x66\x48\x66\xef"
                                    "\xba\xc4\x0c\x66\xed\x66\x85\xc0\x74\x05"
                                    "\xba\xc8\x0c\x66\xef\xe2\xe4\xeb\xdd"sv;

//      ba 04 06        mov  dx, 604h
//      b8 00 20        mov  ax, 2000h      sleep, of type 0: "soft off"
//      ef              out  dx, ax
constexpr std::string_view power_off = "\xba\x04\x06\xb8\x00\x20\xef"sv;

//      ba 05 05        mov  dx, 505h
//      b0 01           mov  al, 1          "panicked"
//      ee              out  dx, al
constexpr std::string_view panic = "\xba\x05\x05\xb0\x01\xee"sv;

// idle fb              sti
//      f4              hlt
//      eb fd           jmp  idle + 1
constexpr std::string_view idle = "\xfb\xf4\xeb\xfd"sv;

//      b9 TICKS        mov  cx, TICKS
//      fb              sti
// tick f4              hlt
//      e2 fd           loop tick
std::string wait_ticks(std::uint16_t ticks)
{
    std::string code{"\xb9"};
    code += static_cast<char>(ticks & 0xff);
    code += static_cast<char>(ticks >> 8);
    return code += "\xfb\xf4\xe2\xfd";
}

std::string image_of(const std::string& code)
{
    std::string image(std::size_t{1} << 20, '\0');
    image.replace(0, code.size(), code);
    image.replace(text_place, sign_of_life.size(), sign_of_life); // a zero ends it
    image.replace(sector - 2, 2, "\x55\xaa");                     // a boot sector
    return image;
}

std::string code_of(std::initializer_list<std::string_view> pieces)
{
    std::string code;
    for (const std::string_view piece : pieces)
        code += piece;
    return code;
}

} // namespace

std::string guest_image()
{
    return image_of(code_of({set_up, enable_button, say_text, wait_for_button, power_off, idle}));
}

std::string guest_that_obeys_late(std::uint16_t ticks)
{
    return image_of(code_of(
        {set_up, say_text, wait_ticks(ticks), enable_button, wait_for_button, power_off, idle}));
}

std::string guest_that_ignores()
{
    return image_of(code_of({set_up, say_text, idle}));
}

std::string guest_that_lets_go()
{
    return image_of(code_of({set_up, say_text, let_go}));
}

std::string guest_that_powers_off(std::uint16_t ticks)
{
    return image_of(code_of({set_up, say_text, wait_ticks(ticks), power_off, idle}));
}

std::string guest_that_crashes(std::uint16_t ticks)
{
    return image_of(code_of({set_up, say_text, wait_ticks(ticks), panic, idle}));
}

bool wait_for_sign_of_life(const std::string& console, Deadline deadline, std::string_view sign)
{
    while (true) {
        std::ifstream file{console, std::ios::binary};
        const std::string said{std::istreambuf_iterator<char>{file}, {}};
        if (said.find(sign) != std::string::npos)
            return true;
        if (deadline.passed())
            return false;
        // To be told of changes the file, and its directory, would have to be there already.
        std::this_thread::sleep_for(std::chrono::milliseconds{20});
    }
}

} // namespace qmgmt::test
