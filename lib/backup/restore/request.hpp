// SPDX-License-Identifier: GPL-2.0-or-later
//
// What is asked of a restore: the lines before the archive (backup.md 4.3.1). They come over the
// same stream as the archive, where no policy sees them, so they may only narrow what the profile
// permits.
#pragma once

#include "backup/profile/profile.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace qmgmt {

struct RestoreRequest {
    enum class OnConflict { fail, skip, rename };
    enum class OnMissingTemplate { fail, skip, by_default };
    enum class OnMissingNetvm { fail, skip, none, by_default };

    bool verify_only = false;
    std::optional<std::set<std::string>> include; // names as in the backup; nothing: all
    std::set<std::string> exclude;
    std::map<std::string, std::string> renames; // from the name in the backup
    OnConflict on_conflict = OnConflict::fail;
    OnMissingTemplate on_missing_template = OnMissingTemplate::fail;
    OnMissingNetvm on_missing_netvm = OnMissingNetvm::none;
    bool keep_good = false; // what is whole is restored although another qube failed
    std::optional<std::string> pool;
    bool dom0_home = false;
    bool ignore_username = false;
    bool ignore_size_limit = false;

    // `untrusted_lines`: `key=value`, each with its line end, without the first line of the
    // preamble and the empty one behind the last. Throws BackupError{bad_request}.
    static RestoreRequest parse(std::string_view untrusted_lines, const RestorePolicy& permitted);
};

// What an input with a preamble begins with.
inline constexpr std::string_view preamble_start = "mgmt-restore 1\n";
inline constexpr std::size_t most_preamble = 65536; // bytes

} // namespace qmgmt
