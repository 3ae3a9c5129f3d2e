// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/compression/compression.hpp"

#include <utility>

namespace qmgmt {

std::optional<Compression> compression_of_filter(std::string_view untrusted) noexcept
{
    constexpr std::pair<std::string_view, Compression> filters[] = {
        {"gzip", Compression::gzip},   {"pigz", Compression::gzip},
        {"zstd", Compression::zstd},   {"zstdmt", Compression::zstd},
        {"bzip2", Compression::bzip2}, {"pbzip2", Compression::bzip2},
        {"xz", Compression::xz},       {"lzma", Compression::lzma},
    };
    for (const auto& [name, compression] : filters)
        if (untrusted == name)
            return compression;
    return std::nullopt;
}

std::string_view filter_of(Compression compression) noexcept
{
    switch (compression) {
    case Compression::none:
    case Compression::gzip: return "gzip";
    case Compression::zstd: return "zstd";
    case Compression::bzip2: return "bzip2";
    case Compression::xz: return "xz";
    case Compression::lzma: return "lzma";
    }
    return "gzip";
}

} // namespace qmgmt
