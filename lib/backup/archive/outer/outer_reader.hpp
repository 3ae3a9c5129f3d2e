// SPDX-License-Identifier: GPL-2.0-or-later
//
// Reads the outer tar of an archive: the only thing that is read before anybody knows who wrote it,
// so it takes regular members with short names and refuses all else (backup.md 1.1).
#pragma once

#include "backup/archive/byte_stream.hpp"
#include "backup/archive/tar/tar_block.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace qmgmt {

struct OuterMember {
    std::string untrusted_name; // at most 100 bytes, of any kind
    std::uint64_t size = 0;
};

class OuterReader {
public:
    // `source` outlives this.
    explicit OuterReader(ByteSource& source) : source_{source} {}

    // The next member; its content begins where the source stands. What is left of the one before
    // is passed over. Nothing at the end, which is where the source ends. Throws
    // BackupError{not_a_backup, member_corrupt, archive_member_type, archive_member_name,
    // truncated_archive} and what the source throws.
    [[nodiscard]] std::optional<OuterMember> next();

    // All of `into`, of the content of the present member. Throws BackupError{truncated_archive}.
    void read(char* into, std::size_t length);
    // How much of the present member has not been read.
    [[nodiscard]] std::uint64_t left() const noexcept { return left_; }
    // Bytes of the archive that have been read; may be asked from any thread.
    [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }

private:
    [[nodiscard]] bool read_block(TarBlock& block);
    void fill(char* into, std::size_t length);
    void finish_member();
    void check_header(const TarBlock& block) const;
    void check_extended(std::uint64_t size);

    ByteSource& source_;
    std::uint64_t left_ = 0;
    std::size_t padding_ = 0; // behind the present member
    std::atomic<std::uint64_t> bytes_ = 0;
    bool first_ = true;      // nothing has been found yet
    bool after_end_ = false; // a block of zeros came since the last member
};

} // namespace qmgmt
