// SPDX-License-Identifier: GPL-2.0-or-later
//
// What `zfs list` says of the datasets below one.
#pragma once

#include "storage/zfs/program.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace qmgmt {

struct ZfsSnapshot {
    std::string name;          // what comes after the '@'
    std::uint64_t created = 0; // a number that grows with each change of the ZFS pool
    std::uint64_t size = 0;
    std::uint64_t written = 0; // bytes since the snapshot before
    bool condemned = false;    // destroyed, but for the clones that need it
    std::vector<std::string> clones;
};

struct ZfsDataset {
    bool is_volume = false;
    std::uint64_t size = 0;
    std::uint64_t block = 0; // its size is a multiple of this
    std::uint64_t usage = 0;
    std::uint64_t written = 0; // bytes since the newest snapshot
    std::string origin;        // the snapshot it is a clone of; empty: none
    bool writable = true;
    bool dirty = false;                 // in use, or was when the host went down
    std::vector<ZfsSnapshot> snapshots; // oldest first
};

using ZfsListing = std::map<std::string, ZfsDataset>; // by name

// The words for a listing of `dataset` and all below it.
[[nodiscard]] zfs::Words listing_words(const std::string& dataset);
// Lines that are no rows, which a warning makes, are passed over. Throws Error{storage} for a row
// that is not understood.
[[nodiscard]] ZfsListing parse_listing(std::string_view output, const std::string& purpose);

} // namespace qmgmt
