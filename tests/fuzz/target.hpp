// SPDX-License-Identifier: GPL-2.0-or-later
//
// What all fuzz targets share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace qmgmt::fuzz {

// A promise of the library that must hold for every input. Not an assertion: it holds in every
// build.
inline void require(bool holds)
{
    if (!holds)
        std::abort();
}

} // namespace qmgmt::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
