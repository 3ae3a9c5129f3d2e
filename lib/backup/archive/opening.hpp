// SPDX-License-Identifier: GPL-2.0-or-later
//
// The first two members of an archive: its header, and the proof that who wrote it knew the
// passphrase (backup.md 1.3).
#pragma once

#include "backup/archive/header.hpp"
#include "backup/archive/outer/outer_reader.hpp"
#include "backup/container/kdf.hpp"
#include "backup/passphrase.hpp"

namespace qmgmt {

// Reads both. The header is parsed only when it has been proved; until then it is compared and
// nothing else. Throws as the constructor of ArchiveReader says.
[[nodiscard]] BackupHeader open_archive(OuterReader& outer, const Passphrase& passphrase,
                                        const KdfLimits& limits);

} // namespace qmgmt
