// SPDX-License-Identifier: GPL-2.0-or-later
//
// `backup-header`: the plain text at the beginning of an archive (backup.md 1.3).
#pragma once

#include "backup/compression/compression.hpp"

#include <string>
#include <string_view>

namespace qmgmt {

// Bytes, of the whole text.
inline constexpr std::size_t most_header = 3968;

struct BackupHeader {
    std::string id; // "20260101T000000-42"
    Compression compression = Compression::gzip;
    bool manifest = false; // the archive must end in one

    // Of a header that has been authenticated. Throws BackupError{header_invalid,
    // unsupported_version, bad_compression_filter}.
    static BackupHeader parse(std::string_view untrusted);
    [[nodiscard]] std::string text() const;
};

} // namespace qmgmt
