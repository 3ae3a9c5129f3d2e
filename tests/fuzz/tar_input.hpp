// SPDX-License-Identifier: GPL-2.0-or-later
//
// A tar to fuzz with. Its first byte says whether the checksums are made right: else nothing would
// come further than the first of them.
#pragma once

#include "backup/archive/byte_stream.hpp"
#include "backup/archive/tar/tar_block.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>

namespace qmgmt::fuzz {

class TarInput final : public ByteSource {
public:
    TarInput(const std::uint8_t* data, std::size_t size)
        : bytes_{reinterpret_cast<const char*>(data), size}
    {
        const bool mend = !bytes_.empty() && (bytes_.front() & 1) != 0;
        bytes_.erase(0, 1);
        for (std::size_t at = 0; mend && at + tar_block <= bytes_.size(); at += tar_block) {
            if (bytes_.compare(at + tar_field::magic.at, 5, "ustar") == 0)
                mend_checksum(at);
        }
        left_ = bytes_;
    }

    [[nodiscard]] std::size_t read(char* into, std::size_t room) override
    {
        const std::size_t done = std::min(room, left_.size());
        std::memcpy(into, left_.data(), done);
        left_.remove_prefix(done);
        return done;
    }
    [[nodiscard]] std::size_t size() const noexcept { return bytes_.size(); }
    [[nodiscard]] std::size_t left() const noexcept { return left_.size(); }

private:
    void mend_checksum(std::size_t block)
    {
        const auto [at, length] = tar_field::checksum;
        std::fill_n(bytes_.begin() + static_cast<std::ptrdiff_t>(block + at), length, ' ');
        unsigned sum = 0;
        for (std::size_t i = 0; i < tar_block; ++i)
            sum += static_cast<unsigned char>(bytes_[block + i]);
        char digits[16];
        std::snprintf(digits, sizeof digits, "%06o", sum);
        bytes_.replace(block + at, 7, digits, 7);
    }

    std::string bytes_;
    std::string_view left_;
};

} // namespace qmgmt::fuzz
