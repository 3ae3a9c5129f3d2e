// SPDX-License-Identifier: GPL-2.0-or-later
//
// Reads the whole store once: finds every section and qube, checks the invariants of the format,
// and says of each qube that is wrong what is wrong with it. What upstream could not load at all is
// refused whole.
#pragma once

#include "store/index.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace qmgmt {

inline constexpr std::size_t largest_store = std::size_t{64} << 20;

// Something that makes one qube, label or pool unusable while all others work.
struct StoreFault {
    std::size_t offset;  // in the file
    std::string subject; // "qube 'work'", "label 'teal'", "pool 'lvm'"
    std::string text;
};

struct Scanned {
    Index index;
    std::vector<StoreFault> faults; // in the order of the file
};

// Throws Error{store} when the whole store is refused: not well-formed, a DOCTYPE, a root section
// missing, a name, qid or uuid twice. Its text names the line.
[[nodiscard]] Scanned scan_store(std::string_view bytes);

// The line an offset is in, from 1.
[[nodiscard]] std::size_t line_of(std::string_view bytes, std::size_t offset);

} // namespace qmgmt
