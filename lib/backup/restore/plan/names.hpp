// SPDX-License-Identifier: GPL-2.0-or-later
//
// Which qubes of a backup are restored, and under which names (backup.md 4.3.1).
#pragma once

#include "backup/restore/metadata/metadata.hpp"
#include "backup/restore/request.hpp"
#include "store/store.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace qmgmt {

// By their names in the backup; nothing for one that is skipped because its name is taken.
using NewNames = std::map<std::string, std::optional<std::string>, std::less<>>;

// Those that are asked for. Throws BackupError{unknown_vm} for a name that is not in the backup,
// BackupError{nothing_selected}.
[[nodiscard]] std::vector<const ArchivedQube*> chosen_qubes(const BackupMetadata& metadata,
                                                            const RestoreRequest& request);

// New names are unique among themselves, in the store, and are no names of others in the backup
// that come along. Throws BackupError{name_conflict}.
[[nodiscard]] NewNames new_names(const Store& store, const BackupMetadata& metadata,
                                 const RestoreRequest& request);

} // namespace qmgmt
