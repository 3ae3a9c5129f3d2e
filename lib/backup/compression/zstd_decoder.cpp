// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/compression/decoder.hpp"
#include "base/released_by.hpp"

#include <zstd.h>
#include <zstd_errors.h>

namespace qmgmt {
namespace {

// Of the most that a frame may ask to be kept in memory: 128 MiB.
constexpr int most_window_log = 27;

class ZstdDecoder final : public Decoder {
public:
    ZstdDecoder() : context_{ZSTD_createDCtx()}
    {
        if (!context_ || ZSTD_isError(ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax,
                                                             most_window_log)) != 0)
            fail_decoder_memory();
    }

    [[nodiscard]] Step step(std::string_view untrusted, char* into, std::size_t room) override
    {
        ZSTD_inBuffer in{untrusted.data(), untrusted.size(), 0};
        ZSTD_outBuffer out{into, room, 0};
        const std::size_t left = ZSTD_decompressStream(context_.get(), &out, &in);
        if (ZSTD_isError(left) != 0) {
            if (ZSTD_getErrorCode(left) == ZSTD_error_memory_allocation)
                fail_decoder_memory();
            fail_damaged(ZSTD_getErrorName(left));
        }
        return {in.pos, out.pos, left == 0};
    }

    void restart() override {} // libzstd has done so by itself

private:
    std::unique_ptr<ZSTD_DCtx, ReleasedBy<ZSTD_freeDCtx>> context_;
};

} // namespace

std::unique_ptr<Decoder> make_zstd_decoder()
{
    return std::make_unique<ZstdDecoder>();
}

} // namespace qmgmt
