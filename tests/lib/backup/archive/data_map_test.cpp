// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/archive/inner/data_map.hpp"
#include "support/archives.hpp"
#include "support/backup_fault_of.hpp"
#include "support/catch.hpp"

#include <fcntl.h>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

constexpr std::uint64_t gib = std::uint64_t{1} << 30;

// A sparse file of this size with a byte at each of these places.
Fd file_with(std::uint64_t size, const std::vector<std::uint64_t>& places)
{
    Fd file = image_file();
    REQUIRE(::ftruncate(file.get(), static_cast<off_t>(size)) == 0);
    for (const std::uint64_t at : places)
        REQUIRE(::pwrite(file.get(), "x", 1, static_cast<off_t>(at)) == 1);
    return file;
}

DataMap map_of(const Fd& file, std::uint64_t size, const DataMapRules& rules = {})
{
    return map_data(file.get(), size, "vm7/private.img", {}, rules);
}

} // namespace

TEST_CASE("data map: pages with data, holes from 64 KiB on", "[backup]")
{
    CHECK(map_of(file_with(0, {}), 0).empty());
    CHECK(map_of(file_with(10 * gib, {}), 10 * gib).empty());
    CHECK(map_of(file_with(5000, {0}), 5000) == DataMap{{0, 4096}});
    CHECK(map_of(file_with(5000, {4999}), 5000) == DataMap{{4096, 904}});
    CHECK(map_of(file_with(20 * gib, {0, 7 * gib + 5, 20 * gib - 1}), 20 * gib) ==
          DataMap{{0, 4096}, {7 * gib, 4096}, {20 * gib - 4096, 4096}});
    // 4096 + 61440 zeros are a page short of a hole; one page more makes it one.
    CHECK(map_of(file_with(gib, {0, 65536}), gib) == DataMap{{0, 69632}});
    CHECK(map_of(file_with(gib, {0, 69632}), gib) == DataMap{{0, 4096}, {69632, 4096}});
    // Zeros that are written are holes as well, also across the pieces that are read.
    const std::string written = "a" + std::string(3'000'000, '\0') + "b";
    CHECK(map_of(image_file(written), written.size()) ==
          DataMap{{0, 4096}, {2'998'272, written.size() - 2'998'272}});
    const std::string full = noise(2'500'000);
    CHECK(map_of(image_file(full), full.size()) == DataMap{{0, full.size()}});
    // Of the file only what was asked for.
    CHECK(map_of(file_with(10'000, {0, 9'999}), 5'000) == DataMap{{0, 4096}});
}

TEST_CASE("data map: where there are too many regions only larger holes count", "[backup]")
{
    std::vector<std::uint64_t> places;
    for (std::uint64_t i = 0; i < 100; ++i)
        places.push_back(i * 131'072 + (i >= 50 ? 10'000'000 : 0));
    const std::uint64_t size = 100 * 131'072 + 10'000'000;
    const Fd file = file_with(size, places);
    CHECK(map_of(file, size).size() == 100);
    const DataMap few = map_of(file, size, {.most_regions = 10});
    CHECK(few.size() <= 10);
    std::uint64_t end = 0;
    for (const DataRegion& region : few) {
        CHECK(region.offset >= end);
        end = region.offset + region.length;
    }
    for (const std::uint64_t at : places)
        CHECK(std::ranges::any_of(few, [&](const DataRegion& region) {
            return at >= region.offset && at < region.offset + region.length;
        }));
    CHECK(few.size() >= 2); // the large hole is one still
}

TEST_CASE("data map: what cannot be read is said with its place", "[backup]")
{
    const auto text_of = [](auto read) -> std::string {
        try {
            read();
        } catch (const BackupError& error) {
            CHECK(error.fault() == BackupFault::read_error);
            return error.text();
        }
        return "nothing thrown";
    };
    const Fd file = file_with(10'000, {0});
    CHECK(text_of([&] { static_cast<void>(map_of(file, 20'000)); }) ==
          "read-error: 'vm7/private.img' cannot be read at offset 10000");
    std::string room(4096, '\0');
    CHECK(text_of([&] { read_image(file.get(), room.data(), 4096, 8192, "vm7/x"); }) ==
          "read-error: 'vm7/x' cannot be read at offset 10000");
    // Where nothing is mapped, the kernel answers EIO.
    const Fd memory{::open("/proc/self/mem", O_RDONLY | O_CLOEXEC)};
    REQUIRE(memory);
    CHECK(text_of([&] { read_image(memory.get(), room.data(), 4096, 4096, "vm7/x"); }) ==
          "read-error: 'vm7/x' cannot be read at offset 4096");
    // Whoever looks may stop it.
    CHECK_THROWS_AS(map_data(file.get(), 10'000, "x", [](std::uint64_t) { throw 1; }), int);
}
