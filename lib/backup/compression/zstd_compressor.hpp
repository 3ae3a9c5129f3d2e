// SPDX-License-Identifier: GPL-2.0-or-later
//
// One zstd frame a stream, made by libzstd's own threads.
#pragma once

#include "backup/compression/compressor.hpp"
#include "base/released_by.hpp"

#include <memory>
#include <string>
#include <zstd.h>

namespace qmgmt {

class ZstdCompressor final : public Compressor {
public:
    ZstdCompressor(int level, unsigned workers, Output output);

    void write(std::string_view bytes) override;
    void finish() override;

private:
    void set(ZSTD_cParameter parameter, int value);
    // Gives the output what there is, until `bytes` are taken or the frame is at its end.
    void compress(std::string_view bytes, ZSTD_EndDirective mode);

    Output output_;
    std::unique_ptr<ZSTD_CCtx, ReleasedBy<ZSTD_freeCCtx>> context_;
    std::string room_;
};

} // namespace qmgmt
