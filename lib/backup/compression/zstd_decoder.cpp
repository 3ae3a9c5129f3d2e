// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/compression/decoder.hpp"
#include "base/released_by.hpp"

#include <cstdint>
#include <string>
#include <zstd.h>
#include <zstd_errors.h>

namespace qmgmt {
namespace {

// Of the most that a frame may ask to be kept in memory: 128 MiB.
constexpr int most_window_log = 27;
constexpr std::size_t magic_size = 4;

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
        if (magic_.size() < magic_size)
            return take_magic(untrusted);
        return decode(untrusted, into, room);
    }

    void restart() override { magic_.clear(); }

private:
    // What a frame begins with is looked at before libzstd does: it would read frames of its first
    // years, too, which no archive has.
    Step take_magic(std::string_view untrusted)
    {
        const std::string_view piece = untrusted.substr(0, magic_size - magic_.size());
        magic_ += piece;
        if (magic_.size() == magic_size) {
            if (!is_frame(magic_))
                fail_damaged("zstd: not a frame");
            static_cast<void>(decode(magic_, nullptr, 0)); // which libzstd keeps
        }
        return {piece.size(), 0, false};
    }

    static bool is_frame(std::string_view magic) noexcept
    {
        std::uint32_t number = 0;
        for (std::size_t i = magic.size(); i > 0; --i)
            number = number << 8 | static_cast<unsigned char>(magic[i - 1]);
        return number == ZSTD_MAGICNUMBER ||
               (number & ZSTD_MAGIC_SKIPPABLE_MASK) == ZSTD_MAGIC_SKIPPABLE_START;
    }

    Step decode(std::string_view untrusted, char* into, std::size_t room)
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

    std::string magic_; // of the present frame, as much as has come
    std::unique_ptr<ZSTD_DCtx, ReleasedBy<ZSTD_freeDCtx>> context_;
};

} // namespace

std::unique_ptr<Decoder> make_zstd_decoder()
{
    return std::make_unique<ZstdDecoder>();
}

} // namespace qmgmt
