// SPDX-License-Identifier: GPL-2.0-or-later
//
// Cuts what one file has become after compression into chunks, and makes a container of each. It
// does not wait for the key of a chunk: what comes before the key is encrypted when that is there,
// at the latest when the chunk is full. In a buffer that is a file nothing stands unencrypted.
#pragma once

#include "backup/archive/chunk/chunk_buffer.hpp"
#include "backup/archive/outer/member_name.hpp"
#include "backup/container/cipher.hpp"
#include "backup/container/key_maker.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace qmgmt {

// A whole container, in the buffer that it was made in.
struct SealedChunk {
    ChunkBuffer* buffer = nullptr;
    std::size_t size = 0; // of the container
    MemberName name;
};

class ChunkSealer {
public:
    // Waits until there is one.
    using Buffers = std::function<ChunkBuffer*()>;
    using Output = std::function<void(SealedChunk)>;

    // Of the file `name`; all outlive this. Buffers have room for a chunk and its overhead.
    ChunkSealer(std::string name, std::size_t chunk_size, KeyMaker& keys, Buffers buffers,
                Output output);

    void write(std::string_view bytes);
    // The last chunk, which there always is. Once.
    void finish();

    [[nodiscard]] std::uint64_t chunks() const noexcept { return chunks_; }
    // Bytes that have been given to `write`.
    [[nodiscard]] std::uint64_t stored() const noexcept { return stored_; }

private:
    void begin();
    void end();
    void fill(std::string_view piece);
    // Encrypts what the buffer holds in the clear, if the key is there.
    void seal_filled();
    void take_key();
    [[nodiscard]] MemberName name() const; // of the present chunk
    [[nodiscard]] MemberName next_name() const;

    std::string name_;
    std::size_t chunk_size_;
    KeyMaker& keys_;
    Buffers buffers_;
    Output output_;
    ChunkBuffer* buffer_ = nullptr;      // of the present chunk
    std::optional<Encryptor> encryptor_; // of the same, once there is the key
    std::size_t used_ = 0;               // of the buffer
    std::size_t sealed_ = 0;             // of that: the container so far
    bool foretold_ = false;              // that another chunk follows
    std::uint64_t chunks_ = 0;           // begun
    std::uint64_t stored_ = 0;
};

} // namespace qmgmt
