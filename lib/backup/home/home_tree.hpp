// SPDX-License-Identifier: GPL-2.0-or-later
//
// The home of dom0's user as an inner tar (backup.md 1.7, 4.3.7): what qubes-mgmt-home does, as
// that user. Nothing else of dom0 is ever read or written for an archive.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace qmgmt {

struct HomeFacts {
    std::uint64_t bytes = 0;    // of disk
    std::uint64_t files = 0;    // with directories and links
    std::uint64_t left_out = 0; // what its user may not read
};

// Whether a user's name can stand in an archive: "dom0-home/NAME".
[[nodiscard]] bool is_home_name(std::string_view name) noexcept;

[[nodiscard]] HomeFacts measure_home(const std::string& home);

// Writes the tree as "dom0-home/NAME/..." to `output`. Links stay links, also those to one file;
// other file systems below it, sockets, pipes and devices are left out, as is what vanishes
// meanwhile. Throws BackupError{read_error}, also when nobody takes the output.
HomeFacts pack_home(const std::string& home, const std::string& name, int output);

// Fills the working directory, which is empty, with what such a tar from
// `input` holds, at most `limit` bytes: files, directories and links, with no rights beyond those
// of owner, group and others. Throws BackupError{dom0_home_unsafe}, BackupError{no_space}; what was
// made is then the caller's to remove.
void unpack_home(int input, std::uint64_t limit);

// Removes a tree of one's own, whatever rights its directories were given. False with errno set.
[[nodiscard]] bool remove_home(const std::string& directory);

} // namespace qmgmt
