// SPDX-License-Identifier: GPL-2.0-or-later
//
// The revisions of one volume in a directory pool: older committed states, numbered in the order
// they were made.
#pragma once

#include "storage/image_directory.hpp"
#include "storage/image_name.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace qmgmt {

struct Revision {
    std::uint64_t number = 0;
    std::string file;
};

// Oldest first: by number, not by name or time.
[[nodiscard]] std::vector<Revision> revisions(const ImageDirectory& images,
                                              const ImageNames& names);

// Keeps the committed image, whose facts are `clean`, as the newest revision; nothing is done when
// it is that already. Returns whether the two share their blocks, as far as this had to find out.
bool add_revision(const ImageDirectory& images, const ImageNames& names, const ImageFacts& clean);

// Removes all but the newest `keep`.
void prune_revisions(const ImageDirectory& images, const ImageNames& names, std::size_t keep);

} // namespace qmgmt
