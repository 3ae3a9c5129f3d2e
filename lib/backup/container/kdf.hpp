// SPDX-License-Identifier: GPL-2.0-or-later
//
// What deriving a key costs (RFC 7914, backup.md 1.5).
#pragma once

#include <cstdint>

namespace qmgmt {

struct KdfCost {
    unsigned log_n = 17; // N = 2^log_n
    std::uint32_t r = 8;
    std::uint32_t p = 1;

    friend bool operator==(const KdfCost&, const KdfCost&) = default;
};

// What a reader may be made to spend.
struct KdfLimits {
    std::uint64_t memory = std::uint64_t{4}
                           << 30; // bytes; never more than half of what is available
};

} // namespace qmgmt
