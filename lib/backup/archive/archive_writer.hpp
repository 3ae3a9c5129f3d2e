// SPDX-License-Identifier: GPL-2.0-or-later
//
// Writes an archive of format version 4 with our manifest (backup.md 1), in constant memory: the
// compressors, the cipher and the derivation of keys work at the same time, the sink is written
// from the thread of the caller of `add_...`.
#pragma once

#include "backup/archive/byte_stream.hpp"
#include "backup/archive/limits.hpp"
#include "backup/compression/compression.hpp"
#include "backup/container/kdf.hpp"
#include "backup/passphrase.hpp"

#include <cstddef>
#include <cstdint>
#include <ctime>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace qmgmt {

struct ArchiveSettings {
    std::string backup_id;                       // "20260101T000000-42"
    std::time_t time = 0;                        // of the archive; all members have it
    Compression compression = Compression::gzip; // gzip, zstd or none
    int level = 4;                               // gzip 1-9, zstd 1-19
    unsigned workers = 0; // that compress; 0: as many as there are processors, at most 4
    KdfCost cost = {};
    bool low_memory = false; // chunks wait for their size in unlinked files of /var/tmp
    std::size_t chunk_size = archive_chunk_size; // smaller ones in tests alone
};

// What became of an archive.
struct ArchiveFacts {
    std::uint64_t bytes = 0; // of the whole archive
    std::uint64_t members = 0;
};

struct ImageOptions {
    bool live = false; // of a qube that runs: the manifest says so
};

// Polled while the archive is written, on the thread of the caller: throws to stop.
using Interruption = std::function<void()>;
// Told now and then, on the thread of the caller, how many logical bytes of the present file are
// done.
using FileProgress = std::function<void(std::uint64_t done)>;

class ArchiveWriter {
public:
    // Writes the header and its proof. `passphrase` and `sink` outlive this. Throws what the sink
    // throws, BackupError{no_memory}. Once anything has thrown, the archive cannot be finished.
    ArchiveWriter(ArchiveSettings settings, const Passphrase& passphrase, ByteSink& sink,
                  Interruption interruption = {});
    ~ArchiveWriter();

    // The names of files in the order in which they will be added, as far as they are known: their
    // keys are made ahead. Optional.
    void expect(const std::string& name);

    // qubes.xml: the first file, exactly once, at most 1 MiB when compressed.
    void add_metadata(std::string_view xml);
    // A small file: "vm7/firewall.xml".
    void add_file(const std::string& name, std::string_view content);
    // A disk image, holes left out: `size` bytes of `fd`, a file or a block device that stays as it
    // is while this lasts. Throws BackupError{read_error} with the offset.
    void add_image(const std::string& name, int fd, std::uint64_t size,
                   const ImageOptions& options = {}, const FileProgress& progress = {});
    // A stream that is an inner tar already: dom0's home, from the child that reads it. It is read
    // on another thread.
    void add_tar(const std::string& name, ByteSource& tar, const FileProgress& progress = {});
    // The manifest and the end. Once; nothing may be added afterwards.
    [[nodiscard]] ArchiveFacts finish();

private:
    class Work;
    std::unique_ptr<Work> work_;
};

} // namespace qmgmt
