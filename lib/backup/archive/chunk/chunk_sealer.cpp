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
    const ContainerKey key = keys_.take(next_name().bound());
    buffer_ = buffers_();
    encryptor_.emplace(key);
    const std::string_view head = key.head();
    std::memcpy(buffer_->data(), head.data(), head.size());
    used_ = head.size();
    foretold_ = false;
    ++chunks_;
}

void ChunkSealer::end()
{
    const HmacValue mac = encryptor_->finish();
    encryptor_.reset();
    std::memcpy(buffer_->data() + used_, mac.data(), mac.size());
    output_({std::exchange(buffer_, nullptr),
             used_ + mac.size(),
             {name_, static_cast<unsigned>(chunks_ - 1)}});
}

void ChunkSealer::write(std::string_view bytes)
{
    stored_ += bytes.size();
    while (!bytes.empty()) {
        if (encryptor_ && used_ == container_head_size + chunk_size_)
            end(); // only now: the last chunk may be as full
        if (!encryptor_)
            begin();
        const std::string_view piece = bytes.substr(0, container_head_size + chunk_size_ - used_);
        encryptor_->encrypt(piece, buffer_->data() + used_);
        used_ += piece.size();
        bytes.remove_prefix(piece.size());
        // A first chunk that gets half full is most likely not the last. A file that has several
        // may have more, and making their keys takes longer than filling them where little is
        // compressed: the next one is begun at once.
        const bool is_likely = chunks_ > 1 || used_ >= container_head_size + chunk_size_ / 2;
        if (!foretold_ && is_likely && chunks_ <= most_chunk) {
            keys_.expect(next_name().bound());
            foretold_ = true;
        }
    }
}

void ChunkSealer::finish()
{
    if (!encryptor_)
        begin(); // nothing came: a chunk of nothing
    end();
    if (foretold_)
        keys_.forget(next_name().bound());
}

} // namespace qmgmt
