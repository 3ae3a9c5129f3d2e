// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/compression/decoder.hpp"
#include "base/released_by.hpp"

#include <array>
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
        return head_.size() < head_size() ? take_head(untrusted) : decode(untrusted, into, room);
    }

    void restart() override { head_.clear(); }

private:
    // libzstd gets the head of a frame whole and alone. It would read frames of its first years,
    // too, which no archive has; and a head that comes to it in two parts, with all of a small
    // frame in the second, it reads as if the frame began there.
    Step take_head(std::string_view untrusted)
    {
        std::size_t taken = 0;
        while (head_.size() < head_size() && taken < untrusted.size()) {
            const std::string_view piece = untrusted.substr(taken, head_size() - head_.size());
            head_ += piece;
            taken += piece.size();
        }
        if (head_.size() < head_size())
            return {taken, 0, false};
        return {taken, 0, decode(head_, nullptr, 0).at_end};
    }

    // Of the present frame, as far as what there is of it says (RFC 8878, 3.1.1.1).
    [[nodiscard]] std::size_t head_size() const
    {
        constexpr std::size_t skippable_size = magic_size + 4;
        constexpr unsigned single_segment = 0x20;
        if (head_.size() < magic_size)
            return magic_size;
        const std::uint32_t magic = magic_of(head_);
        if ((magic & ZSTD_MAGIC_SKIPPABLE_MASK) == ZSTD_MAGIC_SKIPPABLE_START)
            return skippable_size;
        if (magic != ZSTD_MAGICNUMBER)
            fail_damaged("zstd: not a frame");
        if (head_.size() == magic_size)
            return magic_size + 1;
        const auto descriptor = static_cast<unsigned char>(head_[magic_size]);
        const bool has_window = (descriptor & single_segment) == 0;
        constexpr std::array<std::size_t, 4> dictionary_id = {0, 1, 2, 4};
        constexpr std::array<std::size_t, 4> content_size = {0, 2, 4, 8};
        const std::size_t content = content_size[descriptor >> 6];
        return magic_size + 1 + (has_window ? 1 : 0) + dictionary_id[descriptor & 3] +
               (content == 0 && !has_window ? 1 : content);
    }

    static std::uint32_t magic_of(std::string_view head) noexcept
    {
        std::uint32_t number = 0;
        for (std::size_t i = magic_size; i > 0; --i)
            number = number << 8 | static_cast<unsigned char>(head[i - 1]);
        return number;
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

    std::string head_; // of the present frame, as much as has come
    std::unique_ptr<ZSTD_DCtx, ReleasedBy<ZSTD_freeDCtx>> context_;
};

} // namespace

std::unique_ptr<Decoder> make_zstd_decoder()
{
    return std::make_unique<ZstdDecoder>();
}

} // namespace qmgmt
