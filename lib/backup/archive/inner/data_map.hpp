// SPDX-License-Identifier: GPL-2.0-or-later
//
// Where an image holds data; what lies between is zero.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace qmgmt {

struct DataRegion {
    std::uint64_t offset = 0;
    std::uint64_t length = 0;

    friend bool operator==(const DataRegion&, const DataRegion&) = default;
};

// In the order of their offsets, none empty, none touching the next.
using DataMap = std::vector<DataRegion>;

struct DataMapRules {
    std::uint64_t least_hole = 65536;                // bytes; shorter ones count as data
    std::size_t most_regions = std::size_t{1} << 20; // more: only larger holes count
};

// Of the first `size` bytes of `fd`, a file or a block device: what it says of its holes, and then
// its content. `name` is for the text of an error. `look` is called for each piece that is read
// with the offset reached. Throws BackupError{read_error} with the offset that cannot be read, also
// where the file is shorter.
[[nodiscard]] DataMap map_data(int fd, std::uint64_t size, const std::string& name,
                               const std::function<void(std::uint64_t)>& look = {},
                               const DataMapRules& rules = {});

// `length` bytes at `offset`, all of them. Throws as above.
void read_image(int fd, char* into, std::size_t length, std::uint64_t offset,
                const std::string& name);

} // namespace qmgmt
