// SPDX-License-Identifier: GPL-2.0-or-later
//
// qubes.xml of an archive: the store as far as the archive is about it (backup.md 1.8.1).
#pragma once

#include "store/store.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace qmgmt {

// A qube of the archive.
struct SavedQube {
    std::string name;
    std::string path;       // where its files are: "vm7/", of dom0 "dom0-home/user"
    std::uint64_t size = 0; // how much of the archive they may take; a restore takes no more
};

// How much of an archive files take at most that have `usage` bytes in so many volumes and others:
// what cannot be compressed grows a little.
[[nodiscard]] std::uint64_t most_archived(std::uint64_t usage, std::size_t files) noexcept;

enum class MetadataScope {
    // The saved qubes in full; dom0; and whom their properties, devices and volumes name, by name,
    // class and label alone. No other qube's name is in it, as far as it is not part of free text.
    selected,
    all, // every qube in full
};

// `saved` are qubes of the store. Throws Error{store}.
[[nodiscard]] std::string archive_metadata(const Store& store, const std::vector<SavedQube>& saved,
                                           MetadataScope scope);

} // namespace qmgmt
