// SPDX-License-Identifier: GPL-2.0-or-later

#include "lib/backup/compression/streams.hpp"
#include "support/backup_fault_of.hpp"
#include "support/catch.hpp"
#include "support/threads.hpp"
#include "support/tool.hpp"

#include <stdexcept>
#include <string>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

constexpr std::size_t mib = std::size_t{1} << 20;

std::string by_program(Compression compression, const std::string& stored)
{
    const ToolResult result = run_tool(
        std::string{compression == Compression::gzip ? "gzip" : "zstd"} + " -d -c <in >out",
        stored);
    CHECK(result.status == 0);
    return result.out;
}

} // namespace

TEST_CASE("compressor: the plain programs read what it makes, and so do we", "[backup]")
{
    for (const Compression compression : {Compression::gzip, Compression::zstd})
        for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{511}, mib - 1,
                                       mib, mib + 1, 3 * mib, 20 * mib})
            for (const unsigned workers : {1U, 3U}) {
                const std::string plain = content(size);
                const std::string stored = compressed({compression, 1, workers}, plain);
                CHECK(by_program(compression, stored) == plain);
                CHECK(decompressed(compression, stored) == plain);
                if (size >= 3 * mib)
                    CHECK(stored.size() < size * 2 / 3);
            }
}

TEST_CASE("compressor: what cannot be made smaller hardly grows", "[backup]")
{
    const std::string plain = noise(5 * mib + 77);
    for (const Compression compression : {Compression::gzip, Compression::zstd}) {
        const std::string stored = compressed({compression, 4, 2}, plain, 1'234'567);
        CHECK(stored.size() < plain.size() + plain.size() / 1000);
        CHECK(by_program(compression, stored) == plain);
        CHECK(decompressed(compression, stored, 3, 70'000) == plain);
    }
    CHECK(compressed({Compression::none}, plain) == plain);
    CHECK(compressed({Compression::none}, "").empty());
}

TEST_CASE("compressor: its output is the same whoever works, and in whatever pieces", "[backup]")
{
    const std::string plain = content(6 * mib + 5);
    const std::string one = compressed({Compression::gzip, 1, 1}, plain, 4096);
    CHECK(compressed({Compression::gzip, 1, 4}, plain, 3 * mib) == one);
    CHECK(compressed({Compression::gzip, 1, 0}, plain, plain.size()) == one);
}

TEST_CASE("compressor: one stream after another, each whole", "[backup]")
{
    for (const Compression compression : {Compression::gzip, Compression::zstd}) {
        std::string stored;
        const auto compressor =
            make_compressor({compression, 3, 2}, [&](std::string_view bytes) { stored += bytes; });
        for (const std::size_t size :
             {std::size_t{10}, std::size_t{0}, 4 * mib, std::size_t{7}, mib, std::size_t{0}}) {
            stored.clear();
            const std::string plain = content(size);
            compressor->write(plain);
            compressor->finish();
            CHECK(decompressed(compression, stored) == plain);
        }
        stored.clear();
        compressor->write(noise(3 * mib));
        compressor->finish();
        CHECK(decompressed(compression, stored) == noise(3 * mib));
    }
}

TEST_CASE("compressor: what the output throws comes out, and no thread is left", "[backup]")
{
    const std::string plain = noise(12 * mib);
    for (const Compression compression : {Compression::none, Compression::gzip, Compression::zstd})
        for (const std::size_t room : {std::size_t{0}, mib / 2, 5 * mib}) {
            const int before = threads_of_this_process();
            {
                std::size_t taken = 0;
                const auto compressor =
                    make_compressor({compression, 1, 3}, [&](std::string_view bytes) {
                        taken += bytes.size();
                        if (taken > room)
                            throw std::runtime_error{"full"};
                    });
                CHECK_THROWS_WITH(
                    [&] {
                        compressor->write(plain);
                        compressor->finish();
                    }(),
                    "full");
            }
            CHECK(threads_come_to(before));
        }
}

TEST_CASE("compressor: a short stream starts no thread, and one that is given up ends them",
          "[backup]")
{
    const int before = threads_of_this_process();
    {
        std::string stored;
        const auto output = [&](std::string_view bytes) { stored += bytes; };
        const auto gzip = make_compressor({Compression::gzip, 4, 4}, output);
        gzip->write(content(mib - 1));
        gzip->finish();
        CHECK(threads_come_to(before));
        gzip->write(content(10 * mib));
        CHECK(threads_of_this_process() > before);
        CHECK(threads_of_this_process() <= before + 4);
        const auto zstd = make_compressor({Compression::zstd, 4, 2}, output);
        zstd->write(content(10 * mib));
    }
    CHECK(threads_come_to(before));
}

TEST_CASE("compressor: levels and kinds that are not there are refused", "[backup]")
{
    const auto make = [](Compression compression, int level) {
        return backup_fault_of([&] {
            static_cast<void>(make_compressor({compression, level, 1}, [](std::string_view) {}));
        });
    };
    CHECK(make(Compression::gzip, 9) == std::nullopt);
    CHECK(make(Compression::zstd, 19) == std::nullopt);
    CHECK(make(Compression::gzip, 10) == BackupFault::internal);
    for (const Compression other : {Compression::bzip2, Compression::xz, Compression::lzma})
        CHECK(make(other, 1) == BackupFault::internal);
}
