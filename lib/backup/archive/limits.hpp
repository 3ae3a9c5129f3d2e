// SPDX-License-Identifier: GPL-2.0-or-later
//
// What an archive may ask of its reader (backup.md 1.9); a writer keeps to the same.
#pragma once

#include <cstddef>
#include <cstdint>

namespace qmgmt {

// Bytes of chunks, before they are encrypted: of all but the last of a file it is exactly this.
inline constexpr std::size_t archive_chunk_size = 104'857'600;
inline constexpr std::size_t most_metadata_chunk = std::size_t{1} << 20;
inline constexpr std::size_t most_manifest_chunk = std::size_t{16} << 20;
// Of the member that proves the header.
inline constexpr std::size_t most_header_proof = 4096;
// What the metadata becomes when it is decompressed.
inline constexpr std::size_t most_metadata = std::size_t{16} << 20;
inline constexpr std::uint64_t most_members = 4'000'000;

} // namespace qmgmt
