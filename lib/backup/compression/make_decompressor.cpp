// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/compression/decompressor.hpp"
#include "backup/compression/gzip_decompressor.hpp"
#include "backup/compression/libarchive_decompressor.hpp"
#include "backup/compression/zstd_decompressor.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace qmgmt {
namespace {

class NoDecompressor final : public ByteSource {
public:
    explicit NoDecompressor(CompressedInput input) : input_{std::move(input)} {}

    [[nodiscard]] std::size_t read(char* into, std::size_t room) override
    {
        std::size_t done = 0;
        while (done < room && !ended_) {
            if (piece_.empty())
                piece_ = input_();
            ended_ = piece_.empty();
            const std::size_t size = std::min(room - done, piece_.size());
            if (size > 0)
                std::memcpy(into + done, piece_.data(), size);
            piece_.remove_prefix(size);
            done += size;
        }
        return done;
    }

private:
    CompressedInput input_;
    std::string_view piece_;
    bool ended_ = false;
};

} // namespace

std::unique_ptr<ByteSource> make_decompressor(Compression compression, CompressedInput input)
{
    switch (compression) {
    case Compression::none: return std::make_unique<NoDecompressor>(std::move(input));
    case Compression::gzip: return std::make_unique<GzipDecompressor>(std::move(input));
    case Compression::zstd: return std::make_unique<ZstdDecompressor>(std::move(input));
    case Compression::bzip2:
    case Compression::xz:
    case Compression::lzma: break;
    }
    return std::make_unique<LibarchiveDecompressor>(compression, std::move(input));
}

} // namespace qmgmt
