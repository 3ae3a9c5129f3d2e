// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/compression/decoder.hpp"

#include <algorithm>
#include <zlib.h>

namespace qmgmt {
namespace {

constexpr int gzip_window_bits = 15 + 16; // and no zlib stream instead

uInt at_most_a_gib(std::size_t size) noexcept
{
    return static_cast<uInt>(std::min<std::size_t>(size, std::size_t{1} << 30));
}

class GzipDecoder final : public Decoder {
public:
    GzipDecoder()
    {
        if (inflateInit2(&stream_, gzip_window_bits) != Z_OK)
            fail_decoder_memory();
    }
    ~GzipDecoder() override { inflateEnd(&stream_); }

    [[nodiscard]] Step step(std::string_view untrusted, char* into, std::size_t room) override
    {
        const uInt in = at_most_a_gib(untrusted.size());
        const uInt out = at_most_a_gib(room);
        // zlib does not write to its input.
        stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(untrusted.data()));
        stream_.avail_in = in;
        stream_.next_out = reinterpret_cast<Bytef*>(into);
        stream_.avail_out = out;
        const int result = inflate(&stream_, Z_NO_FLUSH);
        if (result == Z_MEM_ERROR)
            fail_decoder_memory();
        if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR)
            fail_damaged(stream_.msg != nullptr ? stream_.msg : "gzip");
        return {in - stream_.avail_in, out - stream_.avail_out, result == Z_STREAM_END};
    }

    void restart() override { inflateReset(&stream_); }

private:
    z_stream stream_{};
};

} // namespace

std::unique_ptr<Decoder> make_gzip_decoder()
{
    return std::make_unique<GzipDecoder>();
}

} // namespace qmgmt
