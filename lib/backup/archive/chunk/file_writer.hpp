// SPDX-License-Identifier: GPL-2.0-or-later
//
// The way of one file into an archive: read and hashed on one thread, compressed by the workers of
// the compressor, encrypted on another thread, and written by the caller's.
#pragma once

#include "backup/archive/archive_writer.hpp"
#include "backup/archive/chunk/chunk_buffer.hpp"
#include "backup/archive/chunk/flow.hpp"
#include "backup/archive/inner/inner_writer.hpp"
#include "backup/archive/manifest.hpp"
#include "backup/archive/outer/outer_writer.hpp"
#include "backup/compression/compressor.hpp"
#include "backup/container/key_maker.hpp"

#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace qmgmt {

class FileWriter {
public:
    // Gives the inner tar to `out`, on a thread of its own. `out` throws when the work has been
    // stopped, also when it is given nothing.
    using TarInput = std::function<void(const TarOutput& out)>;

    // All outlive this. Throws BackupError{no_memory, no_space}.
    FileWriter(const ArchiveSettings& settings, const Passphrase& passphrase, OuterWriter& outer);

    [[nodiscard]] KeyMaker& keys() noexcept { return keys_; }

    // `look` is called on the caller's thread, now and then, and may throw. What is thrown
    // anywhere comes out, the first of it, when all threads have ended; nothing may follow then.
    // The size of what is given back is the caller's to fill in.
    [[nodiscard]] ManifestFile write(const std::string& name, const TarInput& input,
                                     const std::function<void()>& look);
    // The same for what must be one chunk, of at most `most` bytes. Throws
    // BackupError{size_limit}.
    [[nodiscard]] ManifestFile write_whole(const std::string& name, const TarInput& input,
                                           const std::function<void()>& look, std::size_t most);

private:
    ManifestFile write(const std::string& name, const TarInput& input,
                       const std::function<void()>& look, std::size_t chunk_size, bool one_chunk);
    void compress(const TarInput& input, Flow& flow, const TarOutput& out, ManifestFile& file);

    std::size_t chunk_size_;
    OuterWriter& outer_;
    KeyMaker keys_;
    std::array<std::unique_ptr<ChunkBuffer>, 2> buffers_;
    TarOutput compressed_; // where the compressor's output goes at present
    std::unique_ptr<Compressor> compressor_;
};

} // namespace qmgmt
