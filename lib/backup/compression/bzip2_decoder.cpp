// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/compression/decoder.hpp"

#include <algorithm>
#include <bzlib.h>
#include <string>

namespace qmgmt {
namespace {

unsigned at_most_a_gib(std::size_t size) noexcept
{
    return static_cast<unsigned>(std::min<std::size_t>(size, std::size_t{1} << 30));
}

class Bzip2Decoder final : public Decoder {
public:
    Bzip2Decoder() { begin(); }
    ~Bzip2Decoder() override { BZ2_bzDecompressEnd(&stream_); }

    [[nodiscard]] Step step(std::string_view untrusted, char* into, std::size_t room) override
    {
        const unsigned in = at_most_a_gib(untrusted.size());
        const unsigned out = at_most_a_gib(room);
        stream_.next_in = const_cast<char*>(untrusted.data()); // libbz2 does not write to it
        stream_.avail_in = in;
        stream_.next_out = into;
        stream_.avail_out = out;
        const int result = BZ2_bzDecompress(&stream_);
        if (result == BZ_MEM_ERROR)
            fail_decoder_memory();
        if (result != BZ_OK && result != BZ_STREAM_END)
            fail_damaged("bzip2: " + std::to_string(result));
        return {in - stream_.avail_in, out - stream_.avail_out, result == BZ_STREAM_END};
    }

    void restart() override
    {
        BZ2_bzDecompressEnd(&stream_);
        begin();
    }

private:
    void begin()
    {
        stream_ = {};
        if (BZ2_bzDecompressInit(&stream_, 0, 0) != BZ_OK)
            fail_decoder_memory();
    }

    bz_stream stream_{};
};

} // namespace

std::unique_ptr<Decoder> make_bzip2_decoder()
{
    return std::make_unique<Bzip2Decoder>();
}

} // namespace qmgmt
