// SPDX-License-Identifier: GPL-2.0-or-later
//
// Reads one chunk of an archive and knows that it is authentic before anybody sees a byte of it.
#pragma once

#include "backup/archive/chunk/chunk_buffer.hpp"
#include "backup/archive/chunk/flow.hpp"
#include "backup/archive/outer/outer_reader.hpp"
#include "backup/container/cipher.hpp"
#include "backup/container/key_threads.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace qmgmt {

// What has been authenticated and not yet been decrypted.
struct AuthenticChunk {
    ChunkBuffer* buffer = nullptr;
    std::size_t size = 0; // of the ciphertext, which is at the beginning of the buffer
    Decryptor decryptor;
};

// The present member of `outer`, whose size has been checked, whole. `bound` is its name. Its key
// is derived by `keys` while its content is read. Throws BackupError{member_corrupt,
// kdf_too_expensive, no_memory, truncated_archive}, Flow::Stopped.
[[nodiscard]] AuthenticChunk read_chunk(OuterReader& outer, const std::string& bound,
                                        Secret passphrase, const KdfLimits& limits,
                                        KeyThreads& keys, ChunkBuffer& buffer, Flow& flow);

} // namespace qmgmt
