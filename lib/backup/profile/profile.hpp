// SPDX-License-Identifier: GPL-2.0-or-later
//
// How one backup is made: what of /etc/qubes/backup/<id>.conf counts (backup.md 3), every key with
// its default.
#pragma once

#include "backup/compression/compression.hpp"
#include "backup/container/kdf.hpp"
#include "backup/passphrase.hpp"
#include "backup/profile/profile_id.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qmgmt {

// What one entry of `include` or `exclude` names.
struct Selector {
    enum class Kind { name, tag, type };

    Kind kind = Kind::name;
    std::string value; // a qube's name, a tag, a class

    // As profiles write it: "work", "@tag:red", "@type:AppVM".
    [[nodiscard]] std::string text() const;

    friend bool operator==(const Selector&, const Selector&) = default;
};

// Where `include` is absent, null, or a list.
enum class Include {
    tagged, // qubes with the tag `backup-<id>` alone
    usual,  // all that have `include_in_backups`, and the tagged
    listed, // those that `included` names, and the tagged
};

// What of a qube that runs is archived.
enum class RunningQube {
    last_committed, // its disks as they were before it was started
    live_snapshot,  // as they are now, as a power failure would leave them
    skip,           // nothing: the qube is left out
    fail,           // nothing: there is no backup at all
};

// Where the passphrase is from: at most one of the two.
struct PassphraseOrigin {
    std::optional<Passphrase> text;
    std::string qube; // asked by qubes.BackupPassphrase+<id>; empty: none

    [[nodiscard]] bool given() const { return text.has_value() || !qube.empty(); }
};

// `restore`: what a restore may do beyond the least (backup.md 4.3.2).
struct RestorePolicy {
    bool enabled = false; // for callers other than dom0
    bool dom0_home = false;
    bool allow_default_netvm = false;
    bool ignore_size_limit = false;
    bool all_devices = false;               // `devices: all`
    bool all_properties = false;            // `properties: all`, not `safe`
    std::optional<std::uint64_t> max_bytes; // of the whole archive
    PassphraseOrigin passphrase;            // none: that of the profile
};

struct Profile {
    ProfileId id;

    Include include = Include::tagged;
    std::vector<Selector> included;
    std::vector<Selector> excluded; // always wins
    RunningQube running = RunningQube::last_committed;
    bool skip_unchanged = false; // qubes without a revision newer than their last backup
    bool dom0_home = true;       // where dom0 is selected

    std::string destination_vm;   // "dom0", or a qube
    std::string destination_path; // a directory or a file; in a qube also a command line
    bool autostart_destination = true;
    std::chrono::seconds stall_timeout{0}; // of the destination; 0: none
    bool verify = true;                    // reads an archive in dom0 back before it is in place
    unsigned keep = 0;                     // archives of this profile that stay; 0: all

    PassphraseOrigin passphrase;

    Compression compression = Compression::gzip; // gzip, zstd or none
    int compression_level = 4;
    KdfCost cost;
    KdfLimits kdf_limits;      // for reading
    bool low_memory = false;   // `memory: low`
    bool all_metadata = false; // `metadata: all`: qubes.xml names also what is not selected
    bool mask_username = false;

    RestorePolicy restore;

    // Whether the archive becomes a file of dom0.
    [[nodiscard]] bool local() const { return destination_vm == "dom0"; }
};

// Of the text of a profile. Throws BackupError{config_invalid} with the line,
// BackupError{passphrase_whitespace} and what a passphrase must not be.
[[nodiscard]] Profile parse_profile(const ProfileId& id, std::string_view untrusted);

// Of the file, which must be root's, no link, and for nobody else to change; with a passphrase in
// it, for nobody but its group to read. Throws BackupError{config_not_found, config_permissions}
// and what parse_profile does.
[[nodiscard]] Profile load_profile(const ProfileId& id);

} // namespace qmgmt
