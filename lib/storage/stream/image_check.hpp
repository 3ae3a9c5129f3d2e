// SPDX-License-Identifier: GPL-2.0-or-later
//
// Whether an image of a disk was cut off: the end of a stream looks the same wherever it comes.
// Numbers at fixed places of its head are compared with its size, and nothing else is believed:
// whoever sent it chose every byte (storage.md 4.5).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace qmgmt {

enum class ImageKind { partitioned, ext, unknown };

struct ImageVerdict {
    ImageKind kind = ImageKind::unknown;
    bool truncated = false;
};

// How much of its beginning is looked at.
inline constexpr std::size_t image_head_size = 2048;

// `untrusted_head` is the beginning of an image of `size` bytes, shorter only when the image is.
[[nodiscard]] ImageVerdict judge_image(std::string_view untrusted_head,
                                       std::uint64_t size) noexcept;

// Throws Error{failed} for a truncated image, its text begun by `purpose`; one of another system
// is logged and taken.
void check_image(std::string_view untrusted_head, std::uint64_t size, const std::string& purpose);

} // namespace qmgmt
