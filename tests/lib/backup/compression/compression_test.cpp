// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/compression/compression.hpp"
#include "support/catch.hpp"

#include <string>

using namespace qmgmt;

TEST_CASE("compression: filters are what is compiled in, and no program", "[backup]")
{
    CHECK(compression_of_filter("gzip") == Compression::gzip);
    CHECK(compression_of_filter("pigz") == Compression::gzip);
    CHECK(compression_of_filter("zstd") == Compression::zstd);
    CHECK(compression_of_filter("zstdmt") == Compression::zstd);
    CHECK(compression_of_filter("bzip2") == Compression::bzip2);
    CHECK(compression_of_filter("pbzip2") == Compression::bzip2);
    CHECK(compression_of_filter("xz") == Compression::xz);
    CHECK(compression_of_filter("lzma") == Compression::lzma);
    for (const char* const other :
         {"", "sh", "cat", "lz4", "gzip -1", "/tmp/x", "$(id)", "GZIP", "gzip\n", "none"})
        CHECK(compression_of_filter(other) == std::nullopt);
    for (const Compression compression : {Compression::gzip, Compression::zstd, Compression::bzip2,
                                          Compression::xz, Compression::lzma})
        CHECK(compression_of_filter(filter_of(compression)) == compression);
    CHECK(filter_of(Compression::none) == "gzip");
}
