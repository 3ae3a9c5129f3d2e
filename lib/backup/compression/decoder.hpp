// SPDX-License-Identifier: GPL-2.0-or-later
//
// One kind of compressed stream, as its library reads it: what the stream is cut into, and what
// follows it, is decompressor.hpp's.
#pragma once

#include "backup/compression/compression.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace qmgmt {

class Decoder {
public:
    struct Step {
        std::size_t taken = 0; // of the input
        std::size_t given = 0; // into the output
        bool at_end = false;   // of the stream: what follows, if anything does, is another one
    };

    Decoder() = default;
    Decoder(const Decoder&) = delete;
    Decoder& operator=(const Decoder&) = delete;
    virtual ~Decoder() = default;

    // As far as input and room allow; no room is left only when there may be more without further
    // input. Throws BackupError{decompress, no_memory}.
    [[nodiscard]] virtual Step step(std::string_view untrusted, char* into, std::size_t room) = 0;
    // After a step at the end: the beginning of a stream that follows. Throws
    // BackupError{decompress} where none may.
    virtual void restart() = 0;
};

// Throw BackupError{no_memory}.
[[nodiscard]] std::unique_ptr<Decoder> make_gzip_decoder();
[[nodiscard]] std::unique_ptr<Decoder> make_zstd_decoder();
[[nodiscard]] std::unique_ptr<Decoder> make_bzip2_decoder();
// Of xz, or of its forerunner lzma.
[[nodiscard]] std::unique_ptr<Decoder> make_lzma_decoder(Compression compression);

[[noreturn]] void fail_damaged(std::string detail);
[[noreturn]] void fail_decoder_memory();

} // namespace qmgmt
