// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/fault.hpp"

namespace qmgmt {
namespace {

struct Meaning {
    std::string_view token;
    FailureType failure;
};

Meaning meaning(BackupFault fault) noexcept
{
    switch (fault) {
    case BackupFault::bad_request: return {"bad-request", failure::protocol};
    case BackupFault::config_not_found:
        return {"config-not-found", {Failure::not_found, "QubesException"}};
    case BackupFault::config_permissions: return {"config-permissions", failure::bad_value};
    case BackupFault::config_invalid: return {"config-invalid", failure::bad_value};
    case BackupFault::nothing_selected: return {"nothing-selected", failure::bad_value};
    case BackupFault::already_running:
        return {"already-running", {Failure::in_use, "BackupAlreadyRunningError"}};
    case BackupFault::not_running: return {"not-running", {Failure::wrong_state, "QubesException"}};
    case BackupFault::cancel_pending: return {"cancel-pending", failure::timeout};
    case BackupFault::cancelled: return {"cancelled", {Failure::cancelled, "BackupCancelledError"}};
    case BackupFault::vm_running_no_snapshots:
        return {"vm-running-no-snapshots", failure::not_halted};
    case BackupFault::volume_busy: return {"volume-busy", failure::not_halted};
    case BackupFault::read_error: return {"read-error", failure::storage};
    case BackupFault::destination_missing: return {"destination-missing", failure::failed};
    case BackupFault::destination_failed: return {"destination-failed", failure::failed};
    case BackupFault::no_space: return {"no-space", failure::no_space};
    case BackupFault::no_memory: return {"no-memory", failure::no_memory};
    case BackupFault::passphrase_failed: return {"passphrase-failed", failure::failed};
    case BackupFault::passphrase_invalid: return {"passphrase-invalid", failure::bad_value};
    case BackupFault::passphrase_too_long: return {"passphrase-too-long", failure::bad_value};
    case BackupFault::passphrase_whitespace: return {"passphrase-whitespace", failure::bad_value};
    case BackupFault::wrong_passphrase: return {"wrong-passphrase", failure::bad_value};
    case BackupFault::not_a_backup: return {"not-a-backup", failure::bad_value};
    case BackupFault::header_unauthenticated: return {"header-unauthenticated", failure::bad_value};
    case BackupFault::header_invalid: return {"header-invalid", failure::bad_value};
    case BackupFault::unsupported_version: return {"unsupported-version", failure::unsupported};
    case BackupFault::bad_compression_filter:
        return {"bad-compression-filter", failure::unsupported};
    case BackupFault::kdf_too_expensive: return {"kdf-too-expensive", failure::unsupported};
    case BackupFault::archive_member_type: return {"archive-member-type", failure::bad_value};
    case BackupFault::archive_member_name: return {"archive-member-name", failure::bad_value};
    case BackupFault::archive_order: return {"archive-order", failure::bad_value};
    case BackupFault::duplicate_member: return {"duplicate-member", failure::bad_value};
    case BackupFault::chunk_sequence: return {"chunk-sequence", failure::bad_value};
    case BackupFault::member_corrupt: return {"member-corrupt", failure::bad_value};
    case BackupFault::truncated_archive: return {"truncated-archive", failure::failed};
    case BackupFault::incomplete_archive: return {"incomplete-archive", failure::bad_value};
    case BackupFault::size_limit: return {"size-limit", failure::too_large};
    case BackupFault::inner_tar: return {"inner-tar", failure::bad_value};
    case BackupFault::decompress: return {"decompress", failure::bad_value};
    case BackupFault::metadata_invalid: return {"metadata-invalid", failure::bad_value};
    case BackupFault::name_conflict: return {"name-conflict", failure::vm_already_exists};
    case BackupFault::missing_template: return {"missing-template", failure::vm_not_found};
    case BackupFault::missing_netvm: return {"missing-netvm", failure::vm_not_found};
    case BackupFault::unknown_vm: return {"unknown-vm", failure::vm_not_found};
    case BackupFault::restore_disabled: return {"restore-disabled", failure::denied};
    case BackupFault::firewall_invalid: return {"firewall-invalid", failure::bad_value};
    case BackupFault::dom0_home_unsafe: return {"dom0-home-unsafe", failure::bad_value};
    case BackupFault::vm_failed: return {"vm-failed", failure::failed};
    case BackupFault::timestamp_not_saved: return {"timestamp-not-saved", failure::store};
    case BackupFault::internal: return {"internal", failure::internal};
    }
    return {"internal", failure::internal};
}

} // namespace

std::string_view token(BackupFault fault) noexcept
{
    return meaning(fault).token;
}

FailureType failure_of(BackupFault fault) noexcept
{
    return meaning(fault).failure;
}

BackupError::BackupError(BackupFault fault, const std::string& text, std::string detail)
    : Error{failure_of(fault), std::string{token(fault)} + ": " + text, std::move(detail)},
      fault_{fault}
{
}

} // namespace qmgmt
