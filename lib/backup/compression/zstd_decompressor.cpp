// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/compression/zstd_decompressor.hpp"

#include "backup/fault.hpp"

#include <utility>
#include <zstd_errors.h>

namespace qmgmt {
namespace {

constexpr int most_window_log = 27;

[[noreturn]] void fail_memory()
{
    throw BackupError{BackupFault::no_memory, "there is not enough memory to decompress"};
}

} // namespace

ZstdDecompressor::ZstdDecompressor(CompressedInput input)
    : input_{std::move(input)}, context_{ZSTD_createDCtx()}
{
    if (!context_ || ZSTD_isError(ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax,
                                                         most_window_log)) != 0)
        fail_memory();
}

std::size_t ZstdDecompressor::read(char* into, std::size_t room)
{
    ZSTD_outBuffer out{into, room, 0};
    bool stuck = false; // without further input there is no further output
    while (out.pos < room && !ended_) {
        if (piece_.empty() && (between_ || stuck)) {
            piece_ = input_();
            if (piece_.empty()) {
                if (!between_)
                    throw BackupError{BackupFault::decompress, "the compressed content is damaged",
                                      "zstd: cut off"};
                ended_ = true;
                break;
            }
        }
        ZSTD_inBuffer in{piece_.data(), piece_.size(), 0};
        const std::size_t before = out.pos;
        const std::size_t left = ZSTD_decompressStream(context_.get(), &out, &in);
        if (ZSTD_isError(left) != 0) {
            if (ZSTD_getErrorCode(left) == ZSTD_error_memory_allocation)
                fail_memory();
            throw BackupError{BackupFault::decompress, "the compressed content is damaged",
                              ZSTD_getErrorName(left)};
        }
        piece_.remove_prefix(in.pos);
        between_ = left == 0;
        stuck = out.pos == before;
    }
    return out.pos;
}

} // namespace qmgmt
