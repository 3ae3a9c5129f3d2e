// SPDX-License-Identifier: GPL-2.0-or-later
//
// Decompresses a stream of exactly one kind, as it is pulled. The memory it takes is bounded
// whatever the stream says: zstd windows of at most 128 MiB, xz and lzma of at most 1 GiB (what
// libarchive grants them).
#pragma once

#include "backup/archive/byte_stream.hpp"
#include "backup/compression/compression.hpp"

#include <functional>
#include <memory>
#include <string_view>

namespace qmgmt {

// The next piece of the compressed stream, of any size; empty at its end. A piece is looked at
// until the next is asked for. What it throws comes out of `read`.
using CompressedInput = std::function<std::string_view()>;

// `read` gives at least one whole stream, and what is concatenated to it. It throws
// BackupError{decompress} when the stream is damaged, cut off, of another kind or followed by
// something else, and when it is empty, which only Compression::none may be; BackupError{no_memory}
// for what wants more memory than it may have or there is. Throws as early as here BackupError
// {bad_compression_filter} for what this build cannot read.
[[nodiscard]] std::unique_ptr<ByteSource> make_decompressor(Compression compression,
                                                            CompressedInput input);

} // namespace qmgmt
