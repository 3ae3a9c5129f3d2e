// SPDX-License-Identifier: GPL-2.0-or-later
//
// Unpacks the tar around one file of an archive (backup.md 1.7).
#pragma once

#include "backup/archive/archive_reader.hpp"
#include "backup/archive/byte_stream.hpp"

#include <string_view>

namespace qmgmt {

enum class InnerEnd {
    one_file,    // nothing but zeros may follow
    more_follows // is passed over: of qubes.xml, for what later versions may add
};

// Gives the one file of `tar`, which must have this name, to `receiver`, and reads `tar` to its
// end. Whether the stream itself is all right is known then, so that `receiver.end` is the
// caller's. Throws BackupError{inner_tar, size_limit, truncated_archive}, and what `tar` and
// `receiver` throw.
ArchivedFile unpack_inner(ByteSource& tar, std::string_view name, FileReceiver& receiver,
                          InnerEnd end = InnerEnd::one_file);

} // namespace qmgmt
