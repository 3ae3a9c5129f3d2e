// SPDX-License-Identifier: GPL-2.0-or-later
//
// One <domain> of a backup's qubes.xml, checked.
#pragma once

#include "backup/restore/metadata/metadata.hpp"

#include <map>
#include <string>

namespace qmgmt {

// What a qube may refer to by an id instead of a name.
struct ArchiveNames {
    std::map<std::string, std::string, std::less<>> labels; // untrusted
    std::map<std::string, std::string, std::less<>> qubes;  // acceptable names
};

// Once.
void add_note(ArchivedQube& qube, std::string note);

// What of its devices could be assigned. Throws BackupError{metadata_invalid} for too many.
void add_devices(ArchivedQube& qube, const Qube& domain, const ArchiveNames& names);

// Notes by which id others may refer to the qube.
void note_id(const Element& domain, ArchiveNames& names);

// These throw BackupError{metadata_invalid} for what nobody could restore or tell apart; what
// is not acceptable of a qube's own is left out, with a note.
[[nodiscard]] ArchivedQube archived_qube(Element domain, const ArchiveNames& names);
// Of dom0: nothing when its home is not in the backup.
[[nodiscard]] std::optional<ArchivedHome> archived_home(Element domain);

} // namespace qmgmt
