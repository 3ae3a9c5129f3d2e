// SPDX-License-Identifier: GPL-2.0-or-later

#include "lib/backup/compression/streams.hpp"
#include "support/backup_fault_of.hpp"
#include "support/catch.hpp"
#include "support/tool.hpp"

#include <stdexcept>
#include <string>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

constexpr Compression all[] = {Compression::gzip, Compression::zstd, Compression::bzip2,
                               Compression::xz, Compression::lzma};

std::string by_program(Compression compression, const std::string& plain,
                       const std::string& options = "")
{
    const ToolResult result = run_tool(std::string{compression == Compression::lzma
                                                       ? "xz --format=lzma"
                                                       : std::string{filter_of(compression)}} +
                                           " -c " + options + " <in >out",
                                       plain);
    REQUIRE(result.status == 0);
    return result.out;
}

std::optional<BackupFault> fault_of(Compression compression, std::string_view stored,
                                    std::size_t piece = 65'536)
{
    return backup_fault_of([&] { static_cast<void>(decompressed(compression, stored, piece)); });
}

} // namespace

TEST_CASE("decompressor: what the plain programs make, in pieces of any size", "[backup]")
{
    for (const Compression compression : all)
        for (const std::size_t size : {0U, 1U, 65'536U, 1'500'001U}) {
            const std::string plain = content(size);
            const std::string stored = by_program(compression, plain, "-2");
            for (const std::size_t piece : {1U, 17U, 65'536U, 10'000'000U})
                for (const std::size_t room : {1U, 4096U, 1'500'001U, 3'000'000U})
                    if (size / room < 20'000)
                        CHECK(decompressed(compression, stored, piece, room) == plain);
        }
    CHECK(decompressed(Compression::none, "as it is", 3, 2) == "as it is");
    CHECK(decompressed(Compression::none, "").empty());
}

TEST_CASE("decompressor: streams one after the other are one", "[backup]")
{
    const std::string plain = content(200'000);
    for (const Compression compression :
         {Compression::gzip, Compression::zstd, Compression::bzip2, Compression::xz}) {
        const std::string stored = by_program(compression, plain);
        const std::string empty = by_program(compression, "");
        CHECK(decompressed(compression, stored + empty + stored, 777) == plain + plain);
        CHECK(decompressed(compression, empty + empty).empty());
    }
}

TEST_CASE("decompressor: what is cut off anywhere is refused", "[backup]")
{
    const std::string plain = content(3000);
    for (const Compression compression : all) {
        const std::string stored = by_program(compression, plain);
        for (std::size_t size = 0; size < stored.size(); ++size) {
            INFO(filter_of(compression) << " " << size << " of " << stored.size());
            CHECK(fault_of(compression, stored.substr(0, size)) == BackupFault::decompress);
        }
    }
}

TEST_CASE("decompressor: what follows a stream and is none is refused", "[backup]")
{
    const std::string plain = content(3000);
    for (const Compression compression : all) {
        const std::string stored = by_program(compression, plain);
        for (const std::string& after : {std::string{"x"}, std::string{"garbage"}, plain,
                                         stored.substr(0, stored.size() / 2)}) {
            INFO(filter_of(compression) << ", " << after.size() << " bytes after");
            CHECK(fault_of(compression, stored + after) == BackupFault::decompress);
        }
    }
}

TEST_CASE("decompressor: only the one kind it was told, and once", "[backup]")
{
    const std::string plain = content(3000);
    for (const Compression compression : all) {
        CHECK(fault_of(compression, plain) == BackupFault::decompress);
        for (const Compression other : all)
            if (other != compression)
                CHECK(fault_of(compression, by_program(other, plain)) == BackupFault::decompress);
        // Content that looks compressed is content.
        const std::string once = by_program(compression, plain);
        CHECK(decompressed(compression, by_program(compression, once)) == once);
    }
}

TEST_CASE("decompressor: a wrong checksum is damage", "[backup]")
{
    const std::string plain = content(3000);
    for (const Compression compression :
         {Compression::gzip, Compression::zstd, Compression::bzip2, Compression::xz}) {
        std::string stored = compression == Compression::zstd
                                 ? by_program(compression, plain, "--check")
                                 : by_program(compression, plain);
        // gzip: the CRC; the others: well within.
        const std::size_t at =
            compression == Compression::gzip ? stored.size() - 6 : stored.size() / 2;
        stored[at] = static_cast<char>(stored[at] ^ 4);
        CHECK(fault_of(compression, stored) == BackupFault::decompress);
    }
}

TEST_CASE("decompressor: a zstd window of more than 128 MiB is refused before it is there",
          "[backup]")
{
    // A frame with a window of 2^27 or 2^28 bytes, whose one last block is of five raw bytes.
    const auto frame = [](unsigned window_log) {
        return std::string{"\x28\xb5\x2f\xfd\x00", 5} + static_cast<char>((window_log - 10) << 3) +
               std::string{"\x29\x00\x00", 3} + "zstd\n";
    };
    CHECK(decompressed(Compression::zstd, frame(27)) == "zstd\n");
    CHECK(fault_of(Compression::zstd, frame(28)) == BackupFault::decompress);
    CHECK(fault_of(Compression::zstd, frame(31)) == BackupFault::decompress);
}

TEST_CASE("decompressor: of zstd's formats only the one that has stayed", "[backup]")
{
    const std::string frame = by_program(Compression::zstd, "content");
    for (const char version : {'\x1e', '\x22', '\x23', '\x24', '\x25', '\x26', '\x27'}) {
        std::string older = frame;
        older[0] = version;
        CHECK(fault_of(Compression::zstd, older) == BackupFault::decompress);
    }
    const std::string skipped{"\x57\x2a\x4d\x18\x03\0\0\0abc", 11};
    CHECK(decompressed(Compression::zstd, skipped + frame + skipped, 2) == "content");
}

// libzstd, given the magic of a frame first, takes a whole frame that comes next for that frame.
TEST_CASE("decompressor: a zstd frame has one head, however it comes", "[backup]")
{
    const std::string magic{"\x28\xb5\x2f\xfd", 4};
    const std::string skipped{"\x51\x2a\x4d\x18\x01\0\0\0x", 9};
    const std::string frame = by_program(Compression::zstd, "content");
    for (const std::string& inside : {skipped, frame})
        for (const std::string& before : {std::string{}, frame, skipped})
            for (const std::size_t piece : {1U, 4U, 5U, 9U, 65'536U}) {
                const std::string stored = before + magic + inside;
                CHECK(fault_of(Compression::zstd, stored, piece) == BackupFault::decompress);
            }
    // Heads of every length: with and without window, dictionary's number 0, size of the content.
    for (const unsigned size : {0U, 1U, 2U, 3U})
        for (const bool single : {false, true})
            for (const unsigned dictionary : {0U, 1U, 2U, 3U}) {
                constexpr std::size_t content_size = 256 + 5;
                const std::size_t of_size = size == 0 ? (single ? 1 : 0) : std::size_t{1} << size;
                // One byte of size counts from 0, two from 256.
                const std::uint64_t said = size == 0   ? 5
                                           : size == 1 ? content_size - 256
                                                       : content_size;
                const std::size_t real = size == 0 ? 5 : content_size;
                std::string stored = magic;
                stored += static_cast<char>(size << 6 | (single ? 0x20U : 0U) | dictionary);
                if (!single)
                    stored += '\0';
                stored.append(dictionary == 0 ? 0 : std::size_t{1} << (dictionary - 1), '\0');
                for (std::size_t i = 0; i < of_size; ++i)
                    stored += static_cast<char>(said >> (8 * i));
                const std::uint32_t block = static_cast<std::uint32_t>(real) << 3 | 1;
                for (unsigned i = 0; i < 3; ++i)
                    stored += static_cast<char>(block >> (8 * i));
                const std::string plain(real, 'p');
                for (const std::size_t piece : {1U, 3U, 65'536U})
                    CHECK(decompressed(Compression::zstd, stored + plain + skipped + stored + plain,
                                       piece) == plain + plain);
            }
}

TEST_CASE("decompressor: what the input throws comes out", "[backup]")
{
    const std::string plain = content(400'000);
    for (const Compression compression : all) {
        const std::string stored = by_program(compression, plain);
        for (const std::size_t good : {std::size_t{0}, stored.size() / 2}) {
            std::size_t at = 0;
            const auto stream = make_decompressor(compression, [&]() -> std::string_view {
                if (at >= good)
                    throw std::runtime_error{"no more"};
                at += 1000;
                return std::string_view{stored}.substr(at - 1000, 1000);
            });
            std::string into(plain.size() + 1, '\0');
            CHECK_THROWS_WITH(stream->read(into.data(), into.size()), "no more");
        }
    }
}
