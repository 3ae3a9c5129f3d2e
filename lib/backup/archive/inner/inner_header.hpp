// SPDX-License-Identifier: GPL-2.0-or-later
//
// The beginning of the tar around one file of an archive, in the shapes that we and upstream write:
// a regular member with or without extended records, or a sparse one, GNU's of old or 1.0
// (backup.md 1.7).
#pragma once

#include "backup/archive/byte_stream.hpp"
#include "backup/archive/inner/region_list.hpp"

#include <cstdint>
#include <string_view>

namespace qmgmt {

struct InnerFile {
    std::uint64_t size = 0; // holes counted
    RegionList regions{0};  // whose content follows
};

// Reads up to where the content begins. Throws BackupError{inner_tar} for anything but one file of
// exactly this name, BackupError{size_limit}, BackupError{truncated_archive}.
[[nodiscard]] InnerFile read_inner_header(ByteSource& tar, std::string_view name);

// `length` bytes. Throws BackupError{truncated_archive}.
void read_inner(ByteSource& tar, char* into, std::size_t length, std::string_view name);

[[noreturn]] void refuse_inner(std::string_view name, std::string_view why);

} // namespace qmgmt
