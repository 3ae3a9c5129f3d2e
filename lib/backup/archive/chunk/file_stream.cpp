// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/archive/chunk/file_stream.hpp"

#include "backup/compression/decompressor.hpp"
#include "backup/fault.hpp"

#include <algorithm>
#include <utility>

namespace qmgmt {
namespace {

// Decrypted at a time: what the decompressor takes while it is in the cache.
constexpr std::size_t piece_size = 1U << 18;

} // namespace

FileStream::FileStream(Compression compression, std::uint64_t limit, Chunks chunks, Done done)
    : limit_{limit}, chunks_{std::move(chunks)}, done_{std::move(done)},
      plain_{make_decompressor(compression, [this] { return next_piece(); })}
{
}

std::string_view FileStream::next_piece()
{
    while (!chunk_ || used_ == chunk_->size) {
        if (chunk_)
            done_(chunk_->buffer);
        chunk_ = chunks_();
        used_ = 0;
        if (!chunk_)
            return {};
    }
    char* const begin = chunk_->buffer->data() + used_;
    const std::string_view piece{begin, std::min(piece_size, chunk_->size - used_)};
    chunk_->decryptor.decrypt(piece, begin);
    used_ += piece.size();
    return piece;
}

std::size_t FileStream::read(char* into, std::size_t room)
{
    const std::size_t done = plain_->read(into, room);
    digest_.update({into, done});
    bytes_ += done;
    if (bytes_ > limit_)
        throw BackupError{BackupFault::size_limit, "a file is larger than it may be"};
    return done;
}

std::string FileStream::finish()
{
    if (!next_piece().empty())
        throw BackupError{BackupFault::decompress, "there is something behind a compressed file"};
    return digest_.hex();
}

} // namespace qmgmt
