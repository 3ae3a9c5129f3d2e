// SPDX-License-Identifier: GPL-2.0-or-later
//
// The revisions of one volume in a directory pool: older committed states, numbered in the order
// they were made.
#pragma once

#include "storage/directory/image_directory.hpp"
#include "storage/directory/image_name.hpp"

#include <cstdint>
#include <optional>
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

// Keeps the image called `from` as a revision of its own, whatever the others hold. Returns its
// number; nothing when that would have cost more than `effort`.
[[nodiscard]] std::optional<std::uint64_t> keep_as_revision(const ImageDirectory& images,
                                                            const ImageNames& names,
                                                            const std::string& from,
                                                            ImageDirectory::Effort effort);

// Removes all but the newest `keep`.
void prune_revisions(const ImageDirectory& images, const ImageNames& names, std::size_t keep);

} // namespace qmgmt
