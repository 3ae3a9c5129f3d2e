// SPDX-License-Identifier: GPL-2.0-or-later
//
// Archives of backups for tests: in memory, taken apart, put together again in any wrong way, with
// the right passphrase.
#pragma once

#include "backup/archive/archive_reader.hpp"
#include "backup/archive/archive_writer.hpp"
#include "base/fd.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace qmgmt::test {

class MemorySink final : public ByteSink {
public:
    void write(std::string_view more) override { bytes += more; }

    std::string bytes;
};

// Of bytes that outlive it.
class MemorySource final : public ByteSource {
public:
    explicit MemorySource(std::string_view bytes) : bytes_{bytes} {}

    [[nodiscard]] std::size_t read(char* into, std::size_t room) override
    {
        const std::size_t done = std::min(room, bytes_.size());
        std::memcpy(into, bytes_.data(), done);
        bytes_.remove_prefix(done);
        return done;
    }
    [[nodiscard]] std::size_t left() const noexcept { return bytes_.size(); }

private:
    std::string_view bytes_;
};

inline constexpr std::string_view test_id = "20260101T000000-42";
inline constexpr std::string_view test_passphrase = "correct horse";
// The cheapest that a reader takes.
inline constexpr KdfCost cheap{10, 8, 1};

// A member of an outer tar as it is, right or wrong.
struct TarEntry {
    std::string name;
    std::string content;
    char type = '0';
};

[[nodiscard]] std::string tar_entry(const TarEntry& entry);
// One after the other, and the end.
[[nodiscard]] std::string tar_of(const std::vector<TarEntry>& entries);
// Of what tar_of or an ArchiveWriter wrote.
[[nodiscard]] std::vector<TarEntry> entries_of(std::string_view archive);
[[nodiscard]] TarEntry& entry_of(std::vector<TarEntry>& entries, std::string_view name);

// Puts members together that are authentic whatever they hold.
class ArchiveMaker {
public:
    explicit ArchiveMaker(std::string backup_id = std::string{test_id},
                          std::string_view passphrase = test_passphrase);

    // "vm7/private.img.000" with this plaintext.
    [[nodiscard]] TarEntry sealed(const std::string& bound, std::string_view plain,
                                  const KdfCost& cost = cheap) const;
    [[nodiscard]] std::string opened(const TarEntry& entry) const;
    // A header and its proof.
    [[nodiscard]] std::vector<TarEntry> header(std::string_view text) const;
    [[nodiscard]] std::vector<TarEntry> header(Compression compression, bool manifest) const;
    // One chunk with the whole of a small file, not compressed.
    [[nodiscard]] TarEntry file(const std::string& name, std::string_view content) const;

private:
    std::string id_;
    Passphrase passphrase_;
};

// A tar of one file as the writer makes it.
[[nodiscard]] std::string inner_tar(std::string_view name, std::string_view content);

// Keeps what came of a file, and whether all of it did.
class KeepingReceiver final : public FileReceiver {
public:
    void begin(const ArchivedFile& begun) override;
    void content(std::uint64_t offset, std::string_view bytes) override;
    void end() override { whole = true; }

    ArchivedFile file;
    std::map<std::uint64_t, std::string> pieces; // by offset, those that touch put together
    bool whole = false;

    // With its holes, of a file that is not large.
    [[nodiscard]] std::string bytes() const;
};

struct ReadArchive {
    BackupHeader header;
    std::string metadata;
    std::map<std::string, KeepingReceiver> files;
    std::vector<std::string> order;
};

// Takes everything and finishes. What came before an exception stays in `read`.
void read_archive(std::string_view archive, ReadArchive& read,
                  std::string_view passphrase = test_passphrase);
[[nodiscard]] ReadArchive read_archive(std::string_view archive,
                                       std::string_view passphrase = test_passphrase);

// A file without a name.
[[nodiscard]] Fd image_file(std::string_view content = {});
// Bytes that do not compress, the same each time.
[[nodiscard]] std::string noise(std::size_t size, unsigned seed = 1);

// The archive that the vectors of backup.md 6 start from: vm7 has private.img in three chunks and
// firewall.xml, vm9 has private.img in one chunk.
struct GoodArchive {
    std::string bytes;
    std::string metadata;
    std::map<std::string, std::string> files;
};
[[nodiscard]] GoodArchive good_archive(Compression compression = Compression::gzip);

} // namespace qmgmt::test
