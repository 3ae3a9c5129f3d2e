// SPDX-License-Identifier: GPL-2.0-or-later
//
// Random bytes from the kernel's generator.
#pragma once

#include <cstddef>
#include <span>

namespace qmgmt {

// Fills all of `bytes`. Throws Error{internal} where the kernel has none to give.
void fill_random(std::span<std::byte> bytes);

} // namespace qmgmt
