// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/compression/gzip_decompressor.hpp"

#include "backup/fault.hpp"

#include <algorithm>
#include <utility>

namespace qmgmt {
namespace {

constexpr int gzip_window_bits = 15 + 16; // and no zlib stream instead

uInt of_uint(std::size_t size) noexcept
{
    return static_cast<uInt>(std::min<std::size_t>(size, std::size_t{1} << 30));
}

[[noreturn]] void fail_memory()
{
    throw BackupError{BackupFault::no_memory, "there is not enough memory to decompress"};
}

[[noreturn]] void fail(const char* detail)
{
    throw BackupError{BackupFault::decompress, "the compressed content is damaged", detail};
}

} // namespace

GzipDecompressor::GzipDecompressor(CompressedInput input) : input_{std::move(input)}
{
    if (inflateInit2(&stream_, gzip_window_bits) != Z_OK)
        fail_memory();
}

GzipDecompressor::~GzipDecompressor()
{
    inflateEnd(&stream_);
}

bool GzipDecompressor::refill()
{
    if (piece_.empty())
        piece_ = input_();
    return !piece_.empty();
}

std::size_t GzipDecompressor::read(char* into, std::size_t room)
{
    std::size_t done = 0;
    while (done < room && !ended_) {
        if (!refill()) {
            if (!between_)
                fail("gzip: cut off");
            ended_ = true;
            break;
        }
        if (between_ && inflateReset(&stream_) != Z_OK)
            fail("gzip: reset");
        between_ = false;
        const uInt in = of_uint(piece_.size());
        const uInt out = of_uint(room - done);
        stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(piece_.data()));
        stream_.avail_in = in;
        stream_.next_out = reinterpret_cast<Bytef*>(into + done);
        stream_.avail_out = out;
        const int result = inflate(&stream_, Z_NO_FLUSH);
        piece_.remove_prefix(in - stream_.avail_in);
        done += out - stream_.avail_out;
        if (result == Z_MEM_ERROR)
            fail_memory();
        if (result != Z_OK && result != Z_STREAM_END)
            fail(stream_.msg != nullptr ? stream_.msg : "gzip: no progress");
        between_ = result == Z_STREAM_END;
    }
    return done;
}

} // namespace qmgmt
