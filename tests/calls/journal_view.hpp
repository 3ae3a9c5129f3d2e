// SPDX-License-Identifier: GPL-2.0-or-later
//
// The event journal as a reader sees it: record by record, each with its number and checked sum.
#pragma once

#include "support/scratch.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace qmgmt::test {

struct Record {
    std::uint64_t number = 0;
    std::string body;
    std::size_t begin = 0; // in its segment
    std::size_t end = 0;
};

struct Journal {
    std::vector<Record> records;
    bool whole = true;        // nothing stands behind the last good record
    std::string last_segment; // a path
};

[[nodiscard]] Journal read_journal(const ScratchRoot& root);

// How often an event with this subject and name was journalled.
[[nodiscard]] std::size_t events_of(const ScratchRoot& root, std::string_view subject,
                                    std::string_view name);

} // namespace qmgmt::test
