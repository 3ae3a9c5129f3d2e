// SPDX-License-Identifier: GPL-2.0-or-later
//
// Streams into volumes of a directory pool, on each file system there is; numbers are the test
// vectors of storage.md 9.

#include "../directory/images.hpp"
#include "base/stop_signals.hpp"
#include "sender.hpp"
#include "storage/stream/receive.hpp"
#include "storage/stream/target.hpp"
#include "support/catch.hpp"
#include "support/failure_of.hpp"
#include "support/file_systems.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

constexpr std::uint64_t mib = std::uint64_t{1} << 20;

// app1:private in a pool on each file system in turn.
struct Place {
    static std::optional<Place> next()
    {
        const std::string file_system = GENERATE("plain", "ext4", "xfs", "btrfs");
        UNSCOPED_INFO("on " << file_system);
        const auto dir_path = new_pool_on(file_system);
        if (!dir_path)
            return std::nullopt;
        return Place{*dir_path};
    }
    explicit Place(const std::string& dir_path)
        : directory{on_disk(dir_path) + "/appvms/app1/"}, pool{reflink_pool(dir_path)}
    {
        volume.size = 3 * mib;
        pool->create(volume);
        write_image(image(), "old");
    }

    [[nodiscard]] std::string image() const { return directory + "private.img"; }
    [[nodiscard]] bool untouched() const
    {
        return !exists(directory + "private-import.img") && read_image(image(), 3) == "old" &&
               pool->revisions(volume).empty();
    }

    std::string directory;
    std::unique_ptr<Pool> pool;
    Volume volume = private_of_app1();
};

// 64 KiB of data, 192 KiB of zeros, and so on.
std::string pattern(std::uint64_t length)
{
    std::string bytes(length, '\0');
    for (std::size_t at = 0; at < length; at += 1) {
        if (at / 65536 % 4 == 0)
            bytes[at] = static_cast<char>(1 + at % 251);
    }
    return bytes;
}

} // namespace

TEST_CASE("storage.md 73: a stream of the exact size becomes the content, and the old is kept",
          "[storage]")
{
    const auto place = Place::next();
    if (!place)
        return;
    const std::uint64_t size = 5 * mib + 512 * 3; // ends in the middle of a block
    const std::string content = pattern(size - 512) + std::string(512, 'z');
    std::uint64_t last = 0;
    {
        Sender sender{[&](int fd) { send(fd, content); }};
        StreamInput input{sender.reading_end()};
        const auto import = receive(*place->pool, place->volume, size, input, [&](auto done) {
            CHECK(done > last);
            last = done;
        });
        CHECK(read_image(place->image(), 3) == "old"); // nothing is seen before the commit
        import->commit();
    }
    CHECK(last == size);
    CHECK(place->pool->facts(place->volume).size == size);
    CHECK(read_image(place->image(), size) == content);
    CHECK(allocated(place->image()) <= size / 2);
    REQUIRE(place->pool->revisions(place->volume) == std::vector<std::string>{"1"});
    place->pool->revert(place->volume, "1");
    CHECK(read_image(place->image(), 3) == "old");
    CHECK(place->pool->facts(place->volume).size == 3 * mib);
}

TEST_CASE("storage.md 73: a byte too few or too many leaves everything as it was", "[storage]")
{
    const auto place = Place::next();
    if (!place)
        return;
    const std::uint64_t size = 2 * mib;
    for (const std::uint64_t sent : {std::uint64_t{0}, size / 2, size - 1, size + 1, size + mib}) {
        Sender sender{[&](int fd) { send(fd, pattern(sent)); }};
        StreamInput input{sender.reading_end()};
        try {
            static_cast<void>(receive(*place->pool, place->volume, size, input));
            FAIL("taken: " << sent);
        } catch (const Error& error) {
            CHECK(error.type() == failure::failed);
            const std::string expected =
                sent < size ? "not enough data (copied " + std::to_string(sent) + ", expected " +
                                  std::to_string(size) + ")"
                            : "too much data (expected " + std::to_string(size) + ")";
            CHECK(error.text().find(expected) != std::string::npos);
        }
        CHECK(place->untouched());
    }
}

TEST_CASE("storage.md 75: a gigabyte of zeros takes no room", "[storage]")
{
    const auto place = Place::next();
    if (!place)
        return;
    Sender sender{[](int fd) { send_zeros(fd, gib); }};
    StreamInput input{sender.reading_end()};
    receive(*place->pool, place->volume, gib, input)->commit();
    CHECK(place->pool->facts(place->volume).size == gib);
    CHECK(allocated(place->image()) <= 65536);
}

TEST_CASE("storage.md 76: the line before the data may come in pieces, or with the data",
          "[storage]")
{
    const std::vector<std::vector<std::string>> pieces = {
        {"4096\nabcdefgh"}, {"40", "96", "\n", "abcdefgh"}, {"4096\nabc", "d", "efgh"}};
    for (const auto& each : pieces) {
        Sender sender{[&](int fd) {
            for (const std::string& piece : each) {
                send(fd, piece);
                std::this_thread::sleep_for(std::chrono::milliseconds{20});
            }
        }};
        StreamInput input{sender.reading_end()};
        CHECK(input.line(21) == "4096");
        std::string data(16, '\0');
        CHECK(input.read(data.data(), 3) == 3);
        CHECK(input.read(data.data() + 3, 13) == 5);
        CHECK(data.substr(0, 8) == "abcdefgh");
        CHECK(input.read(data.data(), 16) == 0);
    }
}

TEST_CASE("storage.md 74: a line that does not end within its limit is none", "[storage]")
{
    for (const std::string line :
         {"", "1048576", "1234567890123456789012\n", "123456789012345678901"}) {
        Sender sender{[&](int fd) { send(fd, line); }};
        StreamInput input{sender.reading_end()};
        CHECK_FALSE(input.line(21));
    }
    Sender sender{[](int fd) { send(fd, "12345678901234567890\nrest"); }};
    StreamInput input{sender.reading_end()};
    CHECK(input.line(21) == "12345678901234567890");
}

TEST_CASE("storage.md 79: a pool that is full in the middle gets its room back", "[storage]")
{
    const std::string dir_path = new_pool_on("plain").value();
    if (!mount_memory(on_disk(dir_path), "600M"))
        return;
    const Place place{dir_path};
    const auto free_bytes = [&] {
        struct statvfs facts {};
        REQUIRE(::statvfs(on_disk(dir_path).c_str(), &facts) == 0);
        return facts.f_bfree * facts.f_frsize;
    };
    const auto before = free_bytes();
    bool heard = false;
    {
        const std::string piece(mib, 'x');
        Sender sender{[&](int fd) {
            for (int i = 0; i < 700; ++i)
                if (!send(fd, piece)) {
                    heard = true; // that nobody wants the rest
                    return;
                }
        }};
        StreamInput input{sender.reading_end()};
        try {
            static_cast<void>(receive(*place.pool, place.volume, 700 * mib, input));
            FAIL("taken");
        } catch (const Error& error) {
            CHECK(error.type() == failure::no_space);
            CHECK(error.text().find("no space left: written ") != std::string::npos);
            CHECK(error.text().find(", free ") != std::string::npos);
        }
    }
    CHECK(heard);
    CHECK(free_bytes() == before);
    CHECK(place.untouched());
}

TEST_CASE("stream: a pool without room refuses before anything is read", "[storage]")
{
    const std::string dir_path = new_pool_on("plain").value();
    if (!mount_memory(on_disk(dir_path), "400M"))
        return;
    const Place place{dir_path};
    Sender sender{[](int fd) { send(fd, "x"); }};
    StreamInput input{sender.reading_end()};
    CHECK(failure_of([&] { static_cast<void>(receive(*place.pool, place.volume, 4096, input)); }) ==
          Failure::resources);
    char byte = 0;
    CHECK(input.read(&byte, 1) == 1);
    CHECK(place.untouched());
}

TEST_CASE("stream: a pool that fills while data comes stops it before it is full", "[storage]")
{
    const std::string dir_path = new_pool_on("plain").value();
    if (!mount_memory(on_disk(dir_path), "600M"))
        return;
    const Place place{dir_path};
    const auto import = place.pool->begin_import(place.volume, 200 * mib);
    StreamTarget target{*import, *place.pool, "cannot import 'p:v'", 16 * mib};
    const auto fill = [&] {
        for (std::uint64_t at = 0; at < 200 * mib; at += mib) {
            std::fill_n(target.buffer(), mib, 'x');
            target.write({target.buffer(), mib}, at);
        }
    };
    CHECK(failure_of(fill) == Failure::resources);
    CHECK(target.written() >= 80 * mib); // of the 88 there were above the floor
    CHECK(target.written() <= 112 * mib);
}

TEST_CASE("stream: a signal, or the end of the time, takes everything back", "[storage]")
{
    const auto place = Place::next();
    if (!place)
        return;
    const StopSignals signals;
    const auto begin = std::chrono::steady_clock::now();
    SECTION("SIGTERM while it waits")
    {
        Sender sender{[&](int fd) {
            send(fd, pattern(mib + 5));
            std::this_thread::sleep_for(std::chrono::milliseconds{100});
            ::kill(::getpid(), SIGTERM);
            std::this_thread::sleep_for(std::chrono::seconds{1});
        }};
        StreamInput input{sender.reading_end()};
        input.heed(signals);
        CHECK(failure_of([&] {
                  static_cast<void>(receive(*place->pool, place->volume, 2 * mib, input));
              }) == Failure::cancelled);
    }
    SECTION("SIGHUP while data flows")
    {
        ::kill(::getpid(), SIGHUP);
        Sender sender{[](int fd) { send_zeros(fd, 2 * mib); }};
        StreamInput input{sender.reading_end()};
        input.heed(signals);
        CHECK(failure_of([&] {
                  static_cast<void>(receive(*place->pool, place->volume, 2 * mib, input));
              }) == Failure::cancelled);
    }
    SECTION("--timeout")
    {
        Sender sender{[](int fd) {
            send(fd, "x");
            std::this_thread::sleep_for(std::chrono::seconds{1});
        }};
        StreamInput input{sender.reading_end(), Deadline::in(std::chrono::milliseconds{100})};
        if (GENERATE(true, false))
            input.heed(signals);
        CHECK(failure_of([&] {
                  static_cast<void>(receive(*place->pool, place->volume, 2 * mib, input));
              }) == Failure::timeout);
    }
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds{10});
    CHECK(place->untouched());
}

TEST_CASE("stop signals: what came is over with them", "[base]")
{
    {
        const StopSignals signals;
        CHECK_FALSE(signals.arrived());
        ::kill(::getpid(), SIGTERM);
        CHECK(signals.arrived());
        CHECK(signals.arrived());
        ::kill(::getpid(), SIGINT); // too late: ends nothing
    }
    const StopSignals signals;
    CHECK_FALSE(signals.arrived());
}

TEST_CASE("stream: an input that cannot be read is a failure, a file is as good as a pipe",
          "[storage]")
{
    const auto place = Place::next();
    if (!place)
        return;
    StreamInput broken{Fd{::open("/", O_RDONLY | O_CLOEXEC)}};
    CHECK(failure_of([&] {
              static_cast<void>(receive(*place->pool, place->volume, 4096, broken));
          }) == Failure::failed);
    CHECK(place->untouched());
    const std::string path = place->directory + "../source";
    const std::string content = pattern(mib + 4096);
    put_file(path, content);
    StreamInput file{Fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)}};
    receive(*place->pool, place->volume, mib + 4096, file)->commit();
    CHECK(read_image(place->image(), mib + 4096) == content);
}

TEST_CASE("storage.md 85: an image of unknown length is as large as what came", "[storage]")
{
    const auto place = Place::next();
    if (!place)
        return;
    const std::uint64_t over = gib + 3 * mib + 512; // the target has to grow on the way
    Sender sender{[&](int fd) {
        send_zeros(fd, over - 512);
        send(fd, std::string(512, 'e'));
    }};
    StreamInput input{sender.reading_end()};
    const ReceivedImage image = receive_image(*place->pool, place->volume, 2 * gib, input);
    CHECK(image.size == over);
    image.import->commit();
    CHECK(place->pool->facts(place->volume).size == over);
    CHECK(allocated(place->image()) <= 65536);
    CHECK(read_image(place->image(), 512, static_cast<off_t>(over - 512)) == std::string(512, 'e'));
}

TEST_CASE("storage.md 85: no image, half a sector and one beyond the limit are refused",
          "[storage]")
{
    const auto place = Place::next();
    if (!place)
        return;
    const auto failure_for = [&](std::uint64_t sent, std::uint64_t limit) {
        Sender sender{[&](int fd) { send(fd, std::string(sent, 'x')); }};
        StreamInput input{sender.reading_end()};
        return failure_of(
            [&] { static_cast<void>(receive_image(*place->pool, place->volume, limit, input)); });
    };
    CHECK(failure_for(0, mib) == Failure::protocol);
    CHECK(failure_for(1000, mib) == Failure::failed);
    CHECK(failure_for(mib + 512, mib) == Failure::failed);
    CHECK_FALSE(failure_for(mib, mib));
    CHECK(place->untouched());
}
