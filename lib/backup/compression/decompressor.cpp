// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/compression/decompressor.hpp"

#include "backup/compression/decoder.hpp"
#include "backup/fault.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace qmgmt {
namespace {

class NoDecoder final : public Decoder {
public:
    [[nodiscard]] Step step(std::string_view untrusted, char* into, std::size_t room) override
    {
        const std::size_t size = std::min(untrusted.size(), room);
        if (size > 0)
            std::memcpy(into, untrusted.data(), size);
        return {size, size, true};
    }
    void restart() override {}
};

std::unique_ptr<Decoder> make_decoder(Compression compression)
{
    switch (compression) {
    case Compression::none: break;
    case Compression::gzip: return make_gzip_decoder();
    case Compression::zstd: return make_zstd_decoder();
    case Compression::bzip2: return make_bzip2_decoder();
    case Compression::xz:
    case Compression::lzma: return make_lzma_decoder(compression);
    }
    return std::make_unique<NoDecoder>();
}

class Decompressor final : public ByteSource {
public:
    Decompressor(Compression compression, CompressedInput input)
        : input_{std::move(input)}, decoder_{make_decoder(compression)}, at_end_{compression ==
                                                                                 Compression::none}
    {
    }

    [[nodiscard]] std::size_t read(char* into, std::size_t room) override
    {
        std::size_t done = 0;
        while (done < room && !ended_) {
            if (piece_.empty() && (at_end_ || hungry_))
                piece_ = input_();
            if (piece_.empty() && (at_end_ || hungry_)) {
                if (!at_end_)
                    fail_damaged("cut off");
                ended_ = true;
                break;
            }
            if (at_end_)
                decoder_->restart();
            const Decoder::Step step = decoder_->step(piece_, into + done, room - done);
            if (step.taken == 0 && step.given == 0 && !piece_.empty())
                fail_damaged("no progress"); // or we would try for ever
            piece_.remove_prefix(step.taken);
            at_end_ = step.at_end;
            hungry_ = step.given < room - done;
            done += step.given;
        }
        return done;
    }

private:
    CompressedInput input_;
    std::unique_ptr<Decoder> decoder_;
    std::string_view piece_; // what the decoder has not taken of it
    bool at_end_;            // of a stream; another may follow
    bool hungry_ = true;     // without further input nothing comes
    bool ended_ = false;
};

} // namespace

void fail_damaged(std::string detail)
{
    throw BackupError{BackupFault::decompress, "the compressed content is damaged",
                      std::move(detail)};
}

void fail_decoder_memory()
{
    throw BackupError{BackupFault::no_memory, "there is not enough memory to decompress"};
}

std::unique_ptr<ByteSource> make_decompressor(Compression compression, CompressedInput input)
{
    return std::make_unique<Decompressor>(compression, std::move(input));
}

} // namespace qmgmt
