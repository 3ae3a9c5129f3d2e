// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/compression/zstd_compressor.hpp"

#include "backup/fault.hpp"
#include "backup/worker_thread.hpp"

#include <utility>
#include <zstd_errors.h>

namespace qmgmt {
namespace {

void check(std::size_t result)
{
    if (ZSTD_isError(result) == 0)
        return;
    if (ZSTD_getErrorCode(result) == ZSTD_error_memory_allocation)
        throw BackupError{BackupFault::no_memory, "there is not enough memory to compress"};
    throw BackupError{BackupFault::internal, "the content cannot be compressed",
                      ZSTD_getErrorName(result)};
}

} // namespace

ZstdCompressor::ZstdCompressor(int level, unsigned workers, Output output)
    : output_{std::move(output)}, context_{ZSTD_createCCtx()}, room_(ZSTD_CStreamOutSize(), '\0')
{
    if (!context_)
        throw BackupError{BackupFault::no_memory, "there is not enough memory to compress"};
    set(ZSTD_c_compressionLevel, level);
    set(ZSTD_c_checksumFlag, 1);
    // A libzstd without threads says no, and compresses on ours.
    static_cast<void>(
        ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_nbWorkers, static_cast<int>(workers)));
}

void ZstdCompressor::set(ZSTD_cParameter parameter, int value)
{
    check(ZSTD_CCtx_setParameter(context_.get(), parameter, value));
}

void ZstdCompressor::compress(std::string_view bytes, ZSTD_EndDirective mode)
{
    ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
    for (;;) {
        ZSTD_outBuffer out{room_.data(), room_.size(), 0};
        std::size_t left = 0;
        {
            const SignalsBlocked blocked; // its threads start in here
            left = ZSTD_compressStream2(context_.get(), &out, &in, mode);
        }
        check(left);
        if (out.pos > 0)
            output_({room_.data(), out.pos});
        if (mode == ZSTD_e_end ? left == 0 : in.pos == in.size)
            return;
    }
}

void ZstdCompressor::write(std::string_view bytes)
{
    if (!bytes.empty())
        compress(bytes, ZSTD_e_continue);
}

void ZstdCompressor::finish()
{
    compress({}, ZSTD_e_end);
}

} // namespace qmgmt
