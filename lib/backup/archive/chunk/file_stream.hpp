// SPDX-License-Identifier: GPL-2.0-or-later
//
// The inner tar of one file, as it was before it was compressed and cut into chunks: hashed as it
// passes.
#pragma once

#include "backup/archive/byte_stream.hpp"
#include "backup/archive/chunk/chunk_reader.hpp"
#include "backup/archive/digest.hpp"
#include "backup/compression/compression.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace qmgmt {

class FileStream final : public ByteSource {
public:
    // Nothing after the last one.
    using Chunks = std::function<std::optional<AuthenticChunk>()>;
    // Takes back the buffer of a chunk.
    using Done = std::function<void(ChunkBuffer*)>;

    // At most `limit` bytes come out of it; more is BackupError{size_limit}.
    FileStream(Compression compression, std::uint64_t limit, Chunks chunks, Done done);

    [[nodiscard]] std::size_t read(char* into, std::size_t room) override;
    // When all has been read: throws BackupError{decompress} where chunks are left. The digest of
    // what came out, 64 hex digits. Once.
    [[nodiscard]] std::string finish();
    [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }

private:
    [[nodiscard]] std::string_view next_piece();

    std::uint64_t limit_;
    Chunks chunks_;
    Done done_;
    std::optional<AuthenticChunk> chunk_;
    std::size_t used_ = 0; // of the chunk
    Digest digest_;
    std::uint64_t bytes_ = 0;
    std::unique_ptr<ByteSource> plain_;
};

} // namespace qmgmt
