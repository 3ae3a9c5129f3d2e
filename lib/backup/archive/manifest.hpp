// SPDX-License-Identifier: GPL-2.0-or-later
//
// The list of everything that an archive holds, which comes last: without it nobody could tell an
// archive that lost a file from one that never had it (backup.md 1.8.2).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace qmgmt {

// Bytes.
inline constexpr std::size_t most_manifest = std::size_t{64} << 20;

struct ManifestFile {
    std::string name;         // "vm7/private.img"
    std::uint64_t chunks = 0; // at least 1
    std::uint64_t stored = 0; // bytes of all chunks, before they are encrypted
    std::uint64_t size = 0;   // of the file, holes counted; of dom0's home, of its tar
    std::string tar_sha256;   // of its inner tar, 64 lower case hex digits
    bool live = false;        // an image of a qube that ran

    friend bool operator==(const ManifestFile&, const ManifestFile&) = default;
};

struct Manifest {
    std::string backup_id;
    std::vector<ManifestFile> files; // in the order of the archive, without the manifest
    std::uint64_t members = 0;       // of the whole archive, the manifest counted

    // Throws BackupError{incomplete_archive}: what cannot be read promises nothing.
    static Manifest parse(std::string_view untrusted);
    [[nodiscard]] std::string text() const;
};

// What has come, in its order. Of what was passed over only name, chunks and stored bytes count.
struct SeenFile {
    ManifestFile facts;
    bool whole = false; // it was read to its end
};

// Throws BackupError{incomplete_archive} unless `manifest` says exactly what has come.
void check_complete(const Manifest& manifest, const std::string& backup_id,
                    const std::vector<SeenFile>& seen, std::uint64_t members);

} // namespace qmgmt
