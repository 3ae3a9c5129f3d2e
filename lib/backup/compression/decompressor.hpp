// SPDX-License-Identifier: GPL-2.0-or-later
//
// Decompresses a stream of exactly one kind, as it is pulled. The memory it takes is bounded
// whatever the stream says: a zstd window has at most 128 MiB, xz and lzma have at most 512 MiB in
// all (backup.md 1.6).
#pragma once

#include "backup/archive/byte_stream.hpp"
#include "backup/compression/compression.hpp"

#include <functional>
#include <memory>
#include <string_view>

namespace qmgmt {

// The next piece of the compressed stream, of any size; empty at its end. A piece stays as it is
// until the next is asked for. What it throws comes out of `read`.
using CompressedInput = std::function<std::string_view()>;

// Streams that are concatenated are one, except of lzma. `read` throws BackupError{decompress} when
// a stream is damaged, cut off, of another kind, followed by something else or wants more memory
// than it may have, and when there is none, which Compression::none alone permits;
// BackupError{no_memory} when the host has not that much. When it gives fewer bytes than it was
// asked for, the end of the input was seen and is right.
[[nodiscard]] std::unique_ptr<ByteSource> make_decompressor(Compression compression,
                                                            CompressedInput input);

} // namespace qmgmt
