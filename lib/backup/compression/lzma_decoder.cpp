// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/compression/decoder.hpp"

#include <cstdint>
#include <lzma.h>
#include <string>

namespace qmgmt {
namespace {

constexpr std::uint64_t most_memory = std::uint64_t{512} << 20;

class LzmaDecoder final : public Decoder {
public:
    explicit LzmaDecoder(Compression compression) : compression_{compression} { begin(); }
    ~LzmaDecoder() override { lzma_end(&stream_); }

    [[nodiscard]] Step step(std::string_view untrusted, char* into, std::size_t room) override
    {
        stream_.next_in = reinterpret_cast<const std::uint8_t*>(untrusted.data());
        stream_.avail_in = untrusted.size();
        stream_.next_out = reinterpret_cast<std::uint8_t*>(into);
        stream_.avail_out = room;
        const lzma_ret result = lzma_code(&stream_, LZMA_RUN);
        if (result == LZMA_MEM_ERROR)
            fail_decoder_memory();
        if (result != LZMA_OK && result != LZMA_STREAM_END && result != LZMA_BUF_ERROR)
            fail_damaged("lzma: " + std::to_string(result));
        return {untrusted.size() - stream_.avail_in, room - stream_.avail_out,
                result == LZMA_STREAM_END};
    }

    void restart() override
    {
        if (compression_ == Compression::lzma)
            fail_damaged("lzma: followed by something");
        begin();
    }

private:
    void begin()
    {
        const lzma_ret result = compression_ == Compression::lzma
                                    ? lzma_alone_decoder(&stream_, most_memory)
                                    : lzma_stream_decoder(&stream_, most_memory, 0);
        if (result != LZMA_OK)
            fail_decoder_memory();
    }

    const Compression compression_;
    lzma_stream stream_ = LZMA_STREAM_INIT;
};

} // namespace

std::unique_ptr<Decoder> make_lzma_decoder(Compression compression)
{
    return std::make_unique<LzmaDecoder>(compression);
}

} // namespace qmgmt
