// SPDX-License-Identifier: GPL-2.0-or-later
//
// Writes that go on while the next data comes in, on each file system there is.

#include "storage/stream/write_queue.hpp"
#include "support/catch.hpp"
#include "support/file_systems.hpp"
#include "support/loop_device.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <random>
#include <string>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

constexpr std::size_t piece = std::size_t{64} << 10;

std::string content_of(int fd)
{
    struct stat facts {};
    REQUIRE(::fstat(fd, &facts) == 0);
    std::string bytes(static_cast<std::size_t>(facts.st_size), '\0');
    const Fd plain{::open(("/proc/self/fd/" + std::to_string(fd)).c_str(), O_RDONLY | O_CLOEXEC)};
    REQUIRE(::pread(plain.get(), bytes.data(), bytes.size(), 0) ==
            static_cast<ssize_t>(bytes.size()));
    return bytes;
}

// Writes what `text` says, piece by piece, the buffer being spoilt before each.
bool write_all(WriteQueue& queue, std::string_view text, std::uint64_t at)
{
    for (; !text.empty(); at += piece) {
        char* const buffer = queue.buffer();
        const std::size_t length = std::min(piece, text.size());
        std::fill_n(buffer, piece, '#');
        std::copy_n(text.begin(), length, buffer);
        if (!queue.write({buffer, length}, at))
            return false;
        text.remove_prefix(length);
    }
    return true;
}

std::string random_text(std::size_t length)
{
    std::minstd_rand random{7}; // NOLINT: the same each time
    std::string text(length, '\0');
    std::ranges::generate(text, [&] { return static_cast<char>(random()); });
    return text;
}

} // namespace

TEST_CASE("write queue: each piece arrives as it was, whatever becomes of the buffer", "[storage]")
{
    const std::string file_system = GENERATE("plain", "ext4", "xfs", "btrfs");
    INFO(file_system);
    const auto place = new_pool_on(file_system);
    if (!place)
        return;
    const Fd file{::open((on_disk(*place) + "/image").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
    REQUIRE(file.get() >= 0);
    const std::size_t length = GENERATE(piece * 300, piece * 300 + 4096, piece * 300 + 17, 1);
    const std::string text = random_text(length);
    {
        WriteQueue queue{file.get(), piece};
        REQUIRE(write_all(queue, text, 0));
        CHECK(queue.finish());
        CHECK(queue.written() == length);
    }
    CHECK(content_of(file.get()) == text);
}

TEST_CASE("write queue: several parts of one piece, and no buffer before its parts are written",
          "[storage]")
{
    const auto place = new_pool_on("ext4");
    if (!place)
        return;
    const Fd file{::open((on_disk(*place) + "/image").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
    REQUIRE(file.get() >= 0);
    constexpr std::size_t page = 4096;
    constexpr std::size_t pieces = 400; // more parts at once than the queue holds
    std::string expected(piece * pieces, '\0');
    {
        WriteQueue queue{file.get(), piece};
        CHECK(queue.is_asynchronous());
        for (std::size_t i = 0; i < pieces; ++i) {
            char* const buffer = queue.buffer();
            for (std::size_t at = 0; at < piece; at += 2 * page) {
                std::fill_n(buffer + at, page, static_cast<char>('a' + (i + at / page) % 26));
                expected.replace(i * piece + at, page, {buffer + at, page});
                REQUIRE(queue.write({buffer + at, page}, i * piece + at));
            }
        }
        CHECK(queue.finish());
        CHECK(queue.written() == piece * pieces / 2);
    }
    expected.resize(piece * pieces - page);
    CHECK(content_of(file.get()) == expected);
}

TEST_CASE("write queue: a file without direct writes is written all the same", "[storage]")
{
    const Fd memory{::memfd_create("image", MFD_CLOEXEC)};
    const std::string text = random_text(piece * 20 + 100);
    WriteQueue queue{memory.get(), piece};
    REQUIRE(write_all(queue, text, 0));
    CHECK(queue.finish());
    CHECK(content_of(memory.get()) == text);
}

TEST_CASE("write queue: what cannot be written is said at once or at the end", "[storage]")
{
    const Fd file{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
    WriteQueue queue{file.get(), piece};
    const bool said = !write_all(queue, std::string(piece, 'x'), 0) || !queue.finish();
    CHECK(said);
    CHECK(errno == EBADF);
    CHECK(queue.written() == 0);
    CHECK_FALSE(write_all(queue, "x", 0)); // it stays so
    CHECK(errno == EBADF);
}

// The device accepts each write, and fails some when it comes to it: its file has no room.
TEST_CASE("write queue: an error that comes later is not lost", "[storage]")
{
    const std::string directory = scratch_root() + "/small";
    std::filesystem::create_directory(directory);
    if (!mount_memory(directory, "1M"))
        return;
    REQUIRE(run({"truncate", "-s", "8M", directory + "/file"}));
    const Loop loop{directory + "/file"};
    if (loop.path().empty()) {
        WARN("skipped: there is no loop device to be had here");
        return;
    }
    const Fd device{::open(loop.path().c_str(), O_RDWR | O_CLOEXEC)};
    REQUIRE(device.get() >= 0);
    WriteQueue queue{device.get(), piece};
    CHECK(queue.is_asynchronous());
    const bool said =
        !write_all(queue, std::string(std::size_t{8} << 20, 'x'), 0) || !queue.finish();
    CHECK(said);
    CHECK((errno == EIO || errno == ENOSPC));
    CHECK(queue.written() < std::size_t{8} << 20);
    CHECK_FALSE(queue.finish());
}
