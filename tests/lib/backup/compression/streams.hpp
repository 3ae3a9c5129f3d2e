// SPDX-License-Identifier: GPL-2.0-or-later
//
// Bytes to compress, and both ways at once.
#pragma once

#include "backup/compression/compressor.hpp"
#include "backup/compression/decompressor.hpp"

#include <algorithm>
#include <cstdint>
#include <string>

namespace qmgmt::test {

// Bytes that no compressor makes smaller, the same each time.
inline std::string noise(std::size_t size)
{
    std::string made(size, '\0');
    std::uint64_t state = 88172645463325252U;
    for (char& byte : made) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        byte = static_cast<char>(state >> 32);
    }
    return made;
}

// Lines, zeros and noise in turn.
inline std::string content(std::size_t size)
{
    const std::string some = noise(4096);
    std::string made;
    for (unsigned i = 0; made.size() < size; ++i)
        made += i % 3 == 0   ? "line " + std::to_string(i) + ", and what it says\n"
                : i % 3 == 1 ? some.substr(i % 1000, 500 + i % 900)
                             : std::string(6000, '\0');
    made.resize(size);
    return made;
}

inline std::string compressed(const CompressorSettings& settings, std::string_view plain,
                              std::size_t piece = 100'000)
{
    std::string stored;
    const auto compressor =
        make_compressor(settings, [&](std::string_view bytes) { stored += bytes; });
    for (std::size_t at = 0; at < plain.size(); at += piece)
        compressor->write(plain.substr(at, piece));
    compressor->finish();
    return stored;
}

inline std::string decompressed(Compression compression, std::string_view stored,
                                std::size_t piece = 65'536, std::size_t room = 100'000)
{
    std::size_t at = 0;
    const auto stream = make_decompressor(compression, [&]() -> std::string_view {
        const std::string_view next = stored.substr(std::min(at, stored.size()), piece);
        at += next.size();
        return next;
    });
    std::string plain;
    std::string into(room, '\0');
    for (;;) {
        const std::size_t got = stream->read(into.data(), into.size());
        plain.append(into, 0, got);
        if (got < room)
            return plain;
    }
}

} // namespace qmgmt::test
