// SPDX-License-Identifier: GPL-2.0-or-later
//
// The smallest guests that run: boot sectors, each of one habit. All first say their sign of life
// on the serial line, and from then on they behave as their names say; before it, a press of the
// power button is lost, as with every guest that is still in its boot loader. Their disk images are
// 1 MiB, because QEMU's firmware reads no smaller disk; 32 MiB of memory are more than enough.
// Ticks are those of the PC's timer, 18.2 a second.
#pragma once

#include "base/deadline.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace qmgmt::test {

inline constexpr std::string_view sign_of_life = "GUEST UP\n";

// Powers off when its power button is pressed.
[[nodiscard]] std::string guest_image();
// The same, but does not see its button for so many ticks after the sign of life.
[[nodiscard]] std::string guest_that_obeys_late(std::uint16_t ticks);
// Never looks at its power button, nor at anything else.
[[nodiscard]] std::string guest_that_ignores();
// Lets go of every device that is to be unplugged, and does nothing else.
[[nodiscard]] std::string guest_that_lets_go();
// Powers itself off so many ticks after the sign of life, with nobody asking.
[[nodiscard]] std::string guest_that_powers_off(std::uint16_t ticks);
// Tells QEMU's panic device so many ticks after the sign of life that it crashed.
[[nodiscard]] std::string guest_that_crashes(std::uint16_t ticks);

// Whether the file that takes the guest's serial line holds the sign before the deadline; it need
// not be there yet. A start empties the file: a sign is always one of the present run.
[[nodiscard]] bool wait_for_sign_of_life(const std::string& console, Deadline deadline,
                                         std::string_view sign = sign_of_life);

} // namespace qmgmt::test
