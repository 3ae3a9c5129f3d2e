// SPDX-License-Identifier: GPL-2.0-or-later
//
// What may come after what in an archive, and how much of it: names, chunk numbers, sizes, counts
// (backup.md 1.2, 1.8, 1.9). Looks at the headers of members before anything of them is read.
#pragma once

#include "backup/archive/archive_reader.hpp"
#include "backup/archive/limits.hpp"
#include "backup/archive/manifest.hpp"
#include "backup/archive/outer/member_name.hpp"
#include "backup/archive/outer/outer_reader.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace qmgmt {

class MemberOrder {
public:
    // For all that follows the metadata.
    void limit(ByteLimit bytes, std::uint64_t members);

    // The next member behind the header and its proof. Throws BackupError{archive_member_name,
    // member_corrupt, size_limit, chunk_sequence, duplicate_member, archive_order}.
    MemberName accept(const OuterMember& untrusted);

    // Files in their order, the metadata first, without the manifest.
    [[nodiscard]] const std::vector<SeenFile>& seen() const noexcept { return seen_; }
    // What is known of one of them when it has been read to its end.
    void complete(std::size_t number, std::uint64_t size, const std::string& tar_sha256);
    // In all, header and proof counted.
    [[nodiscard]] std::uint64_t members() const noexcept { return members_; }

private:
    void check_size(const MemberName& name, std::uint64_t size);
    void check_sequence(const MemberName& name);

    ByteLimit byte_limit_;
    std::uint64_t most_ = most_members;
    std::uint64_t members_ = 2;
    std::vector<SeenFile> seen_;
    std::set<std::string, std::less<>> names_;
    std::map<std::string, std::uint64_t, std::less<>> directories_; // bytes of each
    bool ended_ = false;                                            // the manifest has come
};

} // namespace qmgmt
