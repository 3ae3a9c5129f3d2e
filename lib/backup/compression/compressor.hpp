// SPDX-License-Identifier: GPL-2.0-or-later
//
// Compresses a stream, several parts of it at a time, so that the plain program of that name reads
// it.
#pragma once

#include "backup/compression/compression.hpp"

#include <functional>
#include <memory>
#include <string_view>

namespace qmgmt {

class Compressor {
public:
    // Takes what comes out, in order, in pieces of any size, from within `write` and `finish` and
    // on their thread. What it throws comes out of them.
    using Output = std::function<void(std::string_view)>;

    Compressor() = default;
    Compressor(const Compressor&) = delete;
    Compressor& operator=(const Compressor&) = delete;
    // Its threads have ended then.
    virtual ~Compressor() = default;

    // After an exception nothing may follow but the end of the object.
    virtual void write(std::string_view bytes) = 0;
    // The end of the stream; what is written next begins another one. A stream of nothing is whole,
    // too: of no bytes, or of what the program makes of no bytes.
    virtual void finish() = 0;
};

struct CompressorSettings {
    Compression compression = Compression::gzip; // gzip, zstd or none
    int level = 4;                               // gzip 1-9, zstd 1-19
    unsigned workers = 0; // threads beside the caller's; 0: as many as there are processors, at
                          // most 4
};

// Threads are started when there is work for them: a short stream costs none. Throws
// BackupError{no_memory}, and BackupError{internal} for what we do not write.
[[nodiscard]] std::unique_ptr<Compressor> make_compressor(const CompressorSettings& settings,
                                                          Compressor::Output output);

} // namespace qmgmt
