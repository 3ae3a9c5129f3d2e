// SPDX-License-Identifier: GPL-2.0-or-later
//
// gzip members, one after the other, their checksums and sizes checked.
#pragma once

#include "backup/compression/decompressor.hpp"

#include <cstddef>
#include <zlib.h>

namespace qmgmt {

class GzipDecompressor final : public ByteSource {
public:
    explicit GzipDecompressor(CompressedInput input);
    ~GzipDecompressor() override;

    [[nodiscard]] std::size_t read(char* into, std::size_t room) override;

private:
    // False at the end of the input.
    [[nodiscard]] bool refill();

    CompressedInput input_;
    std::string_view piece_; // what zlib has not seen of it
    z_stream stream_{};
    bool between_ = false; // a member is at its end, and what follows is another or nothing
    bool ended_ = false;
};

} // namespace qmgmt
