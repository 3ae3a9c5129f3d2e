// SPDX-License-Identifier: GPL-2.0-or-later
//
// The head of an image that somebody sent. The first eight bytes are its size; whatever follows,
// what is whole at one size is whole at any larger one.

#include "fuzz/target.hpp"
#include "storage/stream/image_check.hpp"

#include <algorithm>
#include <cstring>
#include <string_view>

using namespace qmgmt;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    std::uint64_t image_size = 0;
    if (size < sizeof image_size)
        return 0;
    std::memcpy(&image_size, data, sizeof image_size);
    const std::string_view head{reinterpret_cast<const char*>(data) + sizeof image_size,
                                std::min(size - sizeof image_size, image_head_size)};
    const ImageVerdict verdict = judge_image(head, image_size);
    if (image_size % 512 != 0) {
        fuzz::require(verdict.truncated);
        return 0;
    }
    if (!verdict.truncated) {
        constexpr std::uint64_t largest = ~std::uint64_t{511};
        fuzz::require(!judge_image(head, largest).truncated);
        fuzz::require(
            !judge_image(head, image_size + (largest - image_size) / 1024 * 512).truncated);
    } else {
        fuzz::require(verdict.kind != ImageKind::unknown);
        fuzz::require(judge_image(head, 0).truncated);
    }
    return 0;
}
