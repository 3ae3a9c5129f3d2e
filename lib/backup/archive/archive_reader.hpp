// SPDX-License-Identifier: GPL-2.0-or-later
//
// Reads an archive of format version 4 from a stream, once, in constant memory. Nothing of a member
// is decompressed, parsed or given to anybody before its authenticity was checked (backup.md 0,
// D4). Whose archive it is, nobody knows before the passphrase has opened its header: limits hold
// from the first byte.
#pragma once

#include "backup/archive/byte_stream.hpp"
#include "backup/archive/header.hpp"
#include "backup/container/kdf.hpp"
#include "backup/passphrase.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace qmgmt {

// What a file of the archive is, from its inner tar.
struct ArchivedFile {
    std::string name;         // "vm7/private.img"
    std::uint64_t size = 0;   // logical bytes
    std::uint64_t stored = 0; // without holes
};

// Takes the content of one file. What is not written was a hole: zeros.
class FileReceiver {
public:
    FileReceiver() = default;
    FileReceiver(const FileReceiver&) = delete;
    FileReceiver& operator=(const FileReceiver&) = delete;
    virtual ~FileReceiver() = default;

    // Before any content. Throws to refuse its size, which may be up to 2^62: nobody else looks.
    virtual void begin(const ArchivedFile& file) = 0;
    // Offsets grow; `bytes` is at most 1 MiB.
    virtual void content(std::uint64_t offset, std::string_view bytes) = 0;
    // The whole file has come, and is authentic. Whether the archive is complete `finish` says.
    virtual void end() {}
};

// How much of one qube's directory may come, in archive bytes; nothing: the caps of the format
// alone.
using ByteLimit = std::function<std::optional<std::uint64_t>(std::string_view directory)>;

class ArchiveReader {
public:
    // Reads and authenticates the header, then parses it. `source` and `passphrase` outlive this;
    // `source` is read by one thread at a time, which is not always the caller's. Throws
    // BackupError{wrong_passphrase, not_a_backup, header_unauthenticated, header_invalid,
    // unsupported_version, bad_compression_filter, kdf_too_expensive, truncated_archive, ...}.
    ArchiveReader(ByteSource& source, const Passphrase& passphrase, KdfLimits limits = {});
    ~ArchiveReader();

    [[nodiscard]] const BackupHeader& header() const;
    // The text of qubes.xml, authentic, at most 16 MiB. First, exactly once.
    [[nodiscard]] std::string metadata();

    // Once the metadata is known: limits of archive bytes by directory ("vm7/", with the slash),
    // and of members in all.
    void limit(ByteLimit bytes, std::uint64_t members);

    // The name of the next file, "vm7/private.img", from the name of its first chunk; nothing at
    // the manifest or the end. The file before it has been taken, or is skipped. Which names may
    // come is checked (backup.md 1.8).
    [[nodiscard]] std::optional<std::string> next();
    // The present file, checked whole; `receiver` is called on this thread. When that throws, the
    // file is passed over and `next` goes on, unless something is wrong with the archive as such:
    // then everything throws the same again.
    void take(FileReceiver& receiver);
    // The present file, which is an inner tar of several members (dom0's home): the decompressed
    // tar as it comes, at most `limit` bytes, to `tar`.
    void take_tar(ByteSink& tar, std::uint64_t limit);
    // Passes over it without deriving keys.
    void skip();

    // After `next` gave nothing: the end of the archive is there, and where the header promises a
    // manifest it says exactly what has come. Throws BackupError{incomplete_archive,
    // truncated_archive, ...}.
    void finish();
    // Bytes of the archive that have been read.
    [[nodiscard]] std::uint64_t bytes() const;

private:
    class Work;
    std::unique_ptr<Work> work_;
};

} // namespace qmgmt
