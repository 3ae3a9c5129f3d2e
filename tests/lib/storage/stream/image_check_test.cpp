// SPDX-License-Identifier: GPL-2.0-or-later

#include "storage/stream/image_check.hpp"
#include "support/catch.hpp"
#include "support/failure_of.hpp"

#include <cstdint>
#include <string>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

constexpr std::uint64_t mib = std::uint64_t{1} << 20;

void put(std::string& head, std::size_t at, std::uint64_t value, std::size_t width)
{
    for (std::size_t i = 0; i < width; ++i)
        head[at + i] = static_cast<char>(value >> (8 * i) & 0xff);
}

std::string gpt(std::uint64_t alternate, std::uint64_t last_usable)
{
    std::string head(image_head_size, '\0');
    head.replace(512, 8, "EFI PART");
    put(head, 512 + 32, alternate, 8);
    put(head, 512 + 48, last_usable, 8);
    return head;
}

std::string ext(std::uint64_t blocks, std::uint64_t shift, bool wide = false)
{
    std::string head(image_head_size, '\0');
    put(head, 1024 + 0x38, 0xEF53, 2);
    put(head, 1024 + 0x04, blocks & 0xffffffff, 4);
    put(head, 1024 + 0x18, shift, 4);
    put(head, 1024 + 0x60, wide ? 0x2c2 : 0x242, 4);
    put(head, 1024 + 0x150, blocks >> 32, 4);
    return head;
}

bool truncated(const std::string& head, std::uint64_t size)
{
    return judge_image(head, size).truncated;
}

} // namespace

TEST_CASE("image check: a partition table says how large the disk was", "[storage]")
{
    const std::string whole = gpt(2047, 2014);
    CHECK(judge_image(whole, mib).kind == ImageKind::partitioned);
    CHECK_FALSE(truncated(whole, mib));
    CHECK_FALSE(truncated(whole, 2 * mib)); // a disk that grew
    CHECK(truncated(whole, mib - 512));
    CHECK(truncated(whole, mib / 2));
    CHECK(truncated(gpt(2048, 2014), mib));
    CHECK(truncated(gpt(2047, 2048), mib));
    CHECK(truncated(gpt(~std::uint64_t{0}, 34), mib));
    CHECK(truncated(gpt(1, ~std::uint64_t{0}), mib));
}

TEST_CASE("image check: a file system says how large it is", "[storage]")
{
    CHECK(judge_image(ext(256, 2), mib).kind == ImageKind::ext);
    CHECK_FALSE(truncated(ext(256, 2), mib));
    CHECK_FALSE(truncated(ext(255, 2), mib));
    CHECK(truncated(ext(257, 2), mib));
    CHECK(truncated(ext(256, 2), mib / 2));
    CHECK_FALSE(truncated(ext(16, 6), mib));
    CHECK(truncated(ext(1, 7), mib)); // no such block size
    CHECK(truncated(ext(1, 0xffffffff), mib));
}

TEST_CASE("image check: the upper half of a count counts where the file system has one",
          "[storage]")
{
    const std::uint64_t many = std::uint64_t{1} << 32 | 256;
    CHECK_FALSE(truncated(ext(many, 2, false), mib)); // the field means something else there
    CHECK(truncated(ext(many, 2, true), mib));
    CHECK(truncated(ext(~std::uint64_t{0}, 6, true), ~std::uint64_t{511})); // no product overflows
}

TEST_CASE("image check: another system is taken, a piece of a sector is not", "[storage]")
{
    const std::string other(image_head_size, 'q');
    CHECK(judge_image(other, mib).kind == ImageKind::unknown);
    CHECK_FALSE(truncated(other, mib));
    CHECK(truncated(other, mib + 1));
    CHECK(truncated(ext(1, 0), mib + 256));
    for (const std::size_t length : {0U, 512U, 520U, 567U, 1082U, 1363U}) {
        const std::string head = ext(4096, 2).substr(0, length); // too short to say anything
        CHECK(judge_image(head, 1024).kind == ImageKind::unknown);
        CHECK(judge_image(gpt(~0ULL, 0).substr(0, std::min<std::size_t>(length, 567)), 512).kind ==
              ImageKind::unknown);
    }
}

TEST_CASE("image check: truncated fails, unknown does not", "[storage]")
{
    CHECK(failure_of([] { check_image(gpt(2048, 0), mib, "cannot import 'p:v'"); }) ==
          Failure::failed);
    CHECK_FALSE(failure_of([] { check_image(gpt(2047, 0), mib, "cannot import 'p:v'"); }));
}
