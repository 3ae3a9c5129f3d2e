// SPDX-License-Identifier: GPL-2.0-or-later
//
// The next committed state of a volume out of a stream, in constant memory (storage.md 4). The
// caller holds the lock of the volume, and commits what it gets. When something is thrown the
// temporary target is gone and the input closed, so that the sender hears that nobody listens.
#pragma once

#include "storage/pool.hpp"
#include "storage/stream/input.hpp"

#include <cstdint>
#include <functional>
#include <memory>

namespace qmgmt {

// Told now and then how many bytes have come; may be empty.
using StreamProgress = std::function<void(std::uint64_t done)>;

// Exactly `size` bytes and the end of the stream. Complete and on the disk when it returns. Throws
// Error{failed} for more or less data, and what StreamInput and StreamTarget throw.
[[nodiscard]] std::unique_ptr<Import> receive(Pool& pool, const Volume& volume, std::uint64_t size,
                                              StreamInput& input,
                                              const StreamProgress& progress = {});

struct ReceivedImage {
    std::unique_ptr<Import> import;
    std::uint64_t size = 0;
};

// All up to the end of the stream, at most `limit` bytes: an image of a disk, which must not have
// been cut off as far as that can be seen (image_check.hpp). Throws Error{protocol} when nothing
// came, Error{failed} for an image that is not whole or too large.
[[nodiscard]] ReceivedImage receive_image(Pool& pool, const Volume& volume, std::uint64_t limit,
                                          StreamInput& input, const StreamProgress& progress = {});

} // namespace qmgmt
