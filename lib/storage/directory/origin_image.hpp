// SPDX-License-Identifier: GPL-2.0-or-later
//
// The life of a volume with data of its own in a directory pool: committed image, running image,
// and the step from one to the other (storage.md 2.1.3). Below, `keep` is the number of revisions
// to keep; -1 means that the qube runs on the committed image itself. What an interruption leaves
// after any step, the same verb or the next one repairs.
#pragma once

#include "storage/directory/image_directory.hpp"
#include "storage/directory/image_name.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace qmgmt {

// Removes temporary files and an import that nobody finished: whoever calls holds the lock of the
// volume.
void remove_leftovers(const ImageDirectory& images, const ImageNames& names);

// The committed image under a name that stays when it is exchanged for another.
void export_origin(const ImageDirectory& images, const ImageNames& names, const std::string& to,
                   int keep);

// The running image as it is now, under such a name; where there is none, the committed one.
// Refused where the file system cannot share blocks.
void export_running(const ImageDirectory& images, const ImageNames& names, const std::string& to,
                    int keep);

// Removes every file of the volume, the committed image last: an interrupted removal can be seen
// and repeated.
void remove_images(const ImageDirectory& images, const ImageNames& names);

// A committed image of zeros.
void make_origin(const ImageDirectory& images, const ImageNames& names, std::uint64_t size,
                 int keep);

// Builds the running image and returns true; false when there was one already, which a crash left
// uncommitted.
bool start_origin(const ImageDirectory& images, const ImageNames& names, int keep);

// The running image becomes the committed one, the former a revision. Not started is success.
// Returns, without purpose, what went wrong beside the commit.
[[nodiscard]] std::vector<std::string> commit_origin(const ImageDirectory& images,
                                                     const ImageNames& names, int keep);

// `from`, complete and on the disk, becomes the committed image, the former one a revision. The
// volume is not started. Returns what `commit_origin` returns.
[[nodiscard]] std::vector<std::string> exchange_origin(const ImageDirectory& images,
                                                       const ImageNames& names,
                                                       const std::string& from, int keep);

// Keeps the running image, where there is one, else the committed one, under a number of its own,
// which is returned.
[[nodiscard]] std::uint64_t snapshot_origin(const ImageDirectory& images, const ImageNames& names);

// The revision becomes the committed image and stays; the former one becomes the newest revision.
// The volume is not started. Throws Error{revision_not_found}.
void revert_origin(const ImageDirectory& images, const ImageNames& names, std::uint64_t number,
                   int keep);

// The running image, else the committed one, grows.
void grow_origin(const ImageDirectory& images, const ImageNames& names, std::uint64_t size,
                 int keep);

// Takes back a start whose qube never ran.
void abort_origin(const ImageDirectory& images, const ImageNames& names);

} // namespace qmgmt
