// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/archive/chunk/chunk_sealer.hpp"

#include "backup/fault.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace qmgmt {

ChunkSealer::ChunkSealer(std::string name, std::size_t chunk_size, KeyMaker& keys, Buffers buffers,
                         Output output)
    : name_{std::move(name)},
      chunk_size_{chunk_size}, keys_{keys}, buffers_{std::move(buffers)}, output_{std::move(output)}
{
}

MemberName ChunkSealer::next_name() const
{
    if (chunks_ > most_chunk)
        throw BackupError{BackupFault::size_limit, "'" + name_ + "' has too many chunks"};
    return {name_, static_cast<unsigned>(chunks_)};
}

void ChunkSealer::begin()
{
    keys_.expect(next_name().bound());
    buffer_ = buffers_();
    used_ = container_head_size;
    sealed_ = 0;
    foretold_ = false;
    ++chunks_;
    if (buffer_->is_file())
        take_key();
}

MemberName ChunkSealer::name() const
{
    return {name_, static_cast<unsigned>(chunks_ - 1)};
}

void ChunkSealer::take_key()
{
    const ContainerKey key = keys_.take(name().bound());
    encryptor_.emplace(key);
    const std::string_view head = key.head();
    std::memcpy(buffer_->data(), head.data(), head.size());
    sealed_ = head.size();
}

void ChunkSealer::seal_filled()
{
    if (!encryptor_ && keys_.is_made(name().bound()))
        take_key();
    if (!encryptor_)
        return;
    char* const clear = buffer_->data() + sealed_;
    encryptor_->encrypt({clear, used_ - sealed_}, clear);
    sealed_ = used_;
}

void ChunkSealer::end()
{
    if (!encryptor_)
        take_key();
    seal_filled();
    const HmacValue mac = encryptor_->finish();
    encryptor_.reset();
    std::memcpy(buffer_->data() + used_, mac.data(), mac.size());
    output_({std::exchange(buffer_, nullptr), used_ + mac.size(), name()});
}

void ChunkSealer::write(std::string_view bytes)
{
    const std::size_t full = container_head_size + chunk_size_;
    stored_ += bytes.size();
    while (!bytes.empty()) {
        if (buffer_ != nullptr && used_ == full)
            end(); // only now: the last chunk may be as full
        if (buffer_ == nullptr)
            begin();
        const std::string_view piece = bytes.substr(0, full - used_);
        fill(piece);
        bytes.remove_prefix(piece.size());
        // A chunk that gets so full is most likely not the last; and its successor has all the time
        // until it is full itself.
        const bool is_likely = used_ >= container_head_size + chunk_size_ / 8 * 7;
        if (!foretold_ && is_likely && chunks_ <= most_chunk) {
            keys_.expect(next_name().bound());
            foretold_ = true;
        }
    }
}

void ChunkSealer::fill(std::string_view piece)
{
    char* const place = buffer_->data() + used_;
    used_ += piece.size();
    if (encryptor_) {
        encryptor_->encrypt(piece, place);
        sealed_ = used_;
    } else {
        std::memcpy(place, piece.data(), piece.size());
        seal_filled();
    }
}

void ChunkSealer::finish()
{
    if (buffer_ == nullptr)
        begin(); // nothing came: a chunk of nothing
    end();
    if (foretold_)
        keys_.forget(next_name().bound());
}

} // namespace qmgmt
