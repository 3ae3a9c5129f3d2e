// SPDX-License-Identifier: GPL-2.0-or-later
//
// The regions of a sparse file as an archive gives them: checked one by one as they come, and kept
// in a few bytes each, because an archive may have millions of them.
#pragma once

#include "backup/archive/inner/data_map.hpp"

#include <cstdint>
#include <deque>
#include <optional>

namespace qmgmt {

inline constexpr std::uint64_t most_listed_regions = std::uint64_t{1} << 26;
// Of any offset or size.
inline constexpr std::uint64_t most_image_size = std::uint64_t{1} << 62;

class RegionList {
public:
    // Of a file of `size` bytes, holes counted.
    explicit RegionList(std::uint64_t size) : size_{size} {}

    // False where it begins before the end of the one before it, reaches beyond the file, is empty
    // and not the last one, or is one too many.
    [[nodiscard]] bool add(const DataRegion& region);
    // Whether the file ends where the last one does.
    [[nodiscard]] bool is_whole() const noexcept { return end_ == size_; }
    // Bytes of all.
    [[nodiscard]] std::uint64_t data() const noexcept { return data_; }
    // The first one, which then is gone; nothing after the last.
    [[nodiscard]] std::optional<DataRegion> take();

private:
    void put(std::uint64_t number);
    [[nodiscard]] std::uint64_t get();

    std::uint64_t size_;
    std::uint64_t end_ = 0; // of the last one
    std::uint64_t data_ = 0;
    std::uint64_t count_ = 0;
    bool closed_ = false;               // an empty one has come
    std::uint64_t taken_ = 0;           // the end of the last one that was taken
    std::deque<unsigned char> numbers_; // gap and length of each, seven bits a byte
};

} // namespace qmgmt
