// SPDX-License-Identifier: GPL-2.0-or-later
//
// How the files of an archive are compressed: what is compiled in, never the name of a program that
// an archive or a profile gives (backup.md 1.6).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace qmgmt {

enum class Compression : std::uint8_t { none, gzip, zstd, bzip2, xz, lzma };

// Of the value of `compression-filter` in a header: "pigz" is gzip, "zstdmt" zstd, "pbzip2" bzip2.
// Nothing for any other.
[[nodiscard]] std::optional<Compression> compression_of_filter(std::string_view untrusted) noexcept;
// What a header says; of `none` "gzip", which then nobody reads.
[[nodiscard]] std::string_view filter_of(Compression compression) noexcept;

} // namespace qmgmt
