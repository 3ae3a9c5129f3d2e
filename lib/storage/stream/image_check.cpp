// SPDX-License-Identifier: GPL-2.0-or-later

#include "storage/stream/image_check.hpp"

#include "base/error.hpp"
#include "base/log.hpp"

#include <optional>

namespace qmgmt {
namespace {

constexpr std::uint64_t sector = 512;

// Little endian, `width` bytes at `at`, which must all be there.
std::uint64_t number(std::string_view bytes, std::size_t at, std::size_t width)
{
    std::uint64_t value = 0;
    for (std::size_t i = width; i-- > 0;)
        value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
    return value;
}

// UEFI 2.10, 5.3.2: the header in the second sector names the last sectors of the disk.
std::optional<ImageVerdict> judge_gpt(std::string_view head, std::uint64_t size)
{
    constexpr std::size_t end_of_fields = sector + 56;
    if (head.size() < end_of_fields || head.substr(sector, 8) != "EFI PART")
        return std::nullopt;
    const std::uint64_t sectors = size / sector;
    const bool whole =
        number(head, sector + 32, 8) < sectors && number(head, sector + 48, 8) < sectors;
    return ImageVerdict{ImageKind::partitioned, !whole};
}

// The superblock of ext2 and its successors stands at 1024.
std::optional<ImageVerdict> judge_ext(std::string_view head, std::uint64_t size)
{
    constexpr std::size_t superblock = 1024;
    constexpr std::uint64_t wide_feature = 0x80;
    constexpr std::uint64_t largest_shift = 6;
    if (head.size() < superblock + 0x154 || number(head, superblock + 0x38, 2) != 0xEF53)
        return std::nullopt;
    std::uint64_t blocks = number(head, superblock + 0x04, 4);
    if ((number(head, superblock + 0x60, 4) & wide_feature) != 0)
        blocks |= number(head, superblock + 0x150, 4) << 32;
    const std::uint64_t shift = number(head, superblock + 0x18, 4);
    // Division, because the product could be larger than any number here.
    const bool whole = shift <= largest_shift && blocks <= size / (std::uint64_t{1024} << shift);
    return ImageVerdict{ImageKind::ext, !whole};
}

} // namespace

ImageVerdict judge_image(std::string_view untrusted_head, std::uint64_t size) noexcept
{
    if (size % sector != 0)
        return {ImageKind::unknown, true};
    if (const auto verdict = judge_gpt(untrusted_head, size))
        return *verdict;
    return judge_ext(untrusted_head, size).value_or(ImageVerdict{});
}

void check_image(std::string_view untrusted_head, std::uint64_t size, const std::string& purpose)
{
    const ImageVerdict verdict = judge_image(untrusted_head, size);
    if (verdict.truncated)
        throw Error{failure::failed, purpose + ": image truncated"};
    if (verdict.kind == ImageKind::unknown)
        log_warning(purpose + " for certain as a whole: it holds neither a partition table nor a "
                              "file system that is known here, ignoring");
}

} // namespace qmgmt
