// SPDX-License-Identifier: GPL-2.0-or-later
//
// zstd frames, one after the other, of windows of at most 128 MiB.
#pragma once

#include "backup/compression/decompressor.hpp"
#include "base/released_by.hpp"

#include <cstddef>
#include <memory>
#include <zstd.h>

namespace qmgmt {

class ZstdDecompressor final : public ByteSource {
public:
    explicit ZstdDecompressor(CompressedInput input);

    [[nodiscard]] std::size_t read(char* into, std::size_t room) override;

private:
    CompressedInput input_;
    std::string_view piece_; // what libzstd has not seen of it
    std::unique_ptr<ZSTD_DCtx, ReleasedBy<ZSTD_freeDCtx>> context_;
    bool between_ = false; // a frame is at its end, and what follows is another or nothing
    bool ended_ = false;
};

} // namespace qmgmt
