// SPDX-License-Identifier: GPL-2.0-or-later
//
// What of a piece of data has to be written into a target that reads as zeros already.
#pragma once

#include <cstddef>
#include <string_view>

namespace qmgmt {

[[nodiscard]] bool all_zero(std::string_view bytes) noexcept;

struct DataRun {
    std::size_t at = 0;
    std::size_t length = 0;
};

struct HoleRules {
    std::size_t granule = 4096;    // zeros are left out in whole units of this
    std::size_t least_hole = 4096; // between two pieces of data; shorter ones are written
};

// The first run of data at or behind `from`, a multiple of the granule. Its length is 0 when the
// rest is zero.
[[nodiscard]] DataRun next_data(std::string_view bytes, std::size_t from,
                                const HoleRules& rules) noexcept;

} // namespace qmgmt
