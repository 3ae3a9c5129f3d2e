// SPDX-License-Identifier: GPL-2.0-or-later
//
// backup.md 80: a compressed stream of any kind we read. The first byte says which, the second how
// it is cut into pieces: whatever they are, the same comes out of it, or the same is wrong.

#include "backup/compression/decompressor.hpp"
#include "backup/fault.hpp"
#include "fuzz/target.hpp"

#include <optional>
#include <string>
#include <string_view>

using namespace qmgmt;

namespace {

constexpr std::size_t most = std::size_t{1} << 16;

struct Result {
    std::string plain;
    std::optional<BackupFault> fault;
};

Result result_of(Compression compression, std::string_view stored, std::size_t piece,
                 std::size_t room)
{
    std::size_t at = 0;
    const auto stream = make_decompressor(compression, [&]() -> std::string_view {
        const std::string_view next = stored.substr(at, piece);
        at += next.size();
        return next;
    });
    Result result;
    std::string into(room, '\0');
    try {
        for (std::size_t got = room; got == room && result.plain.size() < most;) {
            got = stream->read(into.data(), room);
            fuzz::require(got <= room);
            result.plain.append(into, 0, got);
        }
    } catch (const BackupError& error) {
        result.fault = error.fault();
    }
    return result;
}

// A decoder takes and wipes as much memory as the head of a stream asks for. That says little about
// what is made of the rest, and would be most of the time: so it asks for little.
void ask_for_little(Compression compression, std::string& stored)
{
    constexpr std::size_t block_size = 3;      // "BZh9": times 100,000 bytes
    constexpr std::size_t dictionary_size = 1; // of lzma: four bytes, the lowest first
    if (compression == Compression::bzip2 && stored.size() > block_size)
        stored[block_size] = '1';
    if (compression == Compression::lzma && stored.size() > dictionary_size + 3)
        stored[dictionary_size + 2] = stored[dictionary_size + 3] = 0;
    constexpr std::size_t descriptor = 4; // of a frame of zstd, and behind it its window's
    if (compression == Compression::zstd && stored.size() > descriptor + 1) {
        constexpr char single_segment = 0x20; // a window as large as the content, in its own bytes
        if ((stored[descriptor] & single_segment) != 0)
            stored[descriptor] &= 0x3f; // of which there is one
        else
            stored[descriptor + 1] &= 0x3f; // a window of at most 255 KiB
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size < 2)
        return 0;
    const auto compression = static_cast<Compression>(data[0] % 6);
    std::string stored{reinterpret_cast<const char*>(data) + 2, size - 2};
    ask_for_little(compression, stored);
    const Result whole = result_of(compression, stored, size, 4096);
    const Result pieces = result_of(compression, stored, 1U + data[1], 4096);
    fuzz::require(whole.fault == pieces.fault);
    fuzz::require(whole.fault || whole.plain == pieces.plain);
    fuzz::require(!whole.fault || *whole.fault == BackupFault::decompress ||
                  *whole.fault == BackupFault::no_memory);
    return 0;
}
