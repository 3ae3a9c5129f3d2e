// SPDX-License-Identifier: GPL-2.0-or-later
//
// What can be wrong with a backup: one token a fault, which begins the text of the error, and the
// kind of failure that it is (backup.md 4.7).
#pragma once

#include "base/error.hpp"

#include <string>
#include <string_view>

namespace qmgmt {

enum class BackupFault {
    bad_request,
    config_not_found,
    config_permissions,
    config_invalid,
    nothing_selected,
    already_running,
    not_running,
    cancel_pending,
    cancelled,
    vm_running_no_snapshots,
    volume_busy,
    read_error,
    destination_missing,
    destination_failed,
    no_space,
    no_memory,
    passphrase_failed,
    passphrase_invalid,
    passphrase_too_long,
    passphrase_whitespace,
    wrong_passphrase,
    not_a_backup,
    header_unauthenticated,
    header_invalid,
    unsupported_version,
    bad_compression_filter,
    kdf_too_expensive,
    archive_member_type,
    archive_member_name,
    archive_order,
    duplicate_member,
    chunk_sequence,
    member_corrupt,
    truncated_archive,
    incomplete_archive,
    size_limit,
    inner_tar,
    decompress,
    metadata_invalid,
    name_conflict,
    missing_template,
    missing_netvm,
    unknown_vm,
    restore_disabled,
    firewall_invalid,
    dom0_home_unsafe,
    vm_failed, // one qube of a restore failed, and others may be there
    timestamp_not_saved,
    internal,
};

// "already-running".
[[nodiscard]] std::string_view token(BackupFault fault) noexcept;
[[nodiscard]] FailureType failure_of(BackupFault fault) noexcept;

class BackupError : public Error {
public:
    // The text of the error is "TOKEN: text".
    explicit BackupError(BackupFault fault, const std::string& text, std::string detail = {});

    [[nodiscard]] BackupFault fault() const noexcept { return fault_; }

private:
    BackupFault fault_;
};

} // namespace qmgmt
